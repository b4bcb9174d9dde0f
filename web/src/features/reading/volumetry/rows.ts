/** The table of measurements: what each row says, how it was taken, and where. */

import type { Mm } from "../../../frames/affine.ts";
import type { Lesion, Line, Measured, Volumetry } from "../../../queries/volumetry.ts";

export interface Row {
  /** Unique; also names what is drawn for it. */
  readonly key: string;
  readonly name: string;
  readonly value: string;
  /** A second number, or the interval of the first; empty for none. */
  readonly more: string;
  readonly how: string;
  /** Where it was taken; null for a number about the whole. */
  readonly place: Mm | null;
  /** The code whose color stands beside it. */
  readonly code?: string | undefined;
}

const NAMES: Readonly<Record<string, string>> = {
  WT: "Whole tumor",
  TC: "Tumor core",
  ET: "Enhancing",
  NCR: "Necrosis, no enhancement",
  ED: "Edema",
};
const UNITS: Readonly<Record<string, string>> = { "1": "", cm2: " cm²", mm2: " mm²" };

export function regionName(code: string): string {
  return NAMES[code] ?? code;
}

/** Three digits that count, without an exponent. */
export function inDigits(value: number): string {
  if (value === 0 || !Number.isFinite(value)) {
    return value === 0 ? "0" : "–";
  }
  const size = Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(Math.max(2 - size, 0), 4)).replace("-", "−");
}

export function withUnit(value: number, unit: string): string {
  if (unit === "1" && Number.isInteger(value)) {
    return String(value); // a count
  }
  return `${inDigits(value)}${UNITS[unit] ?? ` ${unit}`}`;
}

export function inInterval(interval: Measured["interval"]): string {
  return interval ? `${inDigits(interval[0])} – ${inDigits(interval[1])}` : "";
}

function middle({ start_mm: a, end_mm: b }: Line): Mm {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
}

function rowOf(key: string, measured: Measured, place: Mm | null = null): Row {
  const { name, value, unit, interval, how, source } = measured;
  return {
    key,
    name: name.charAt(0).toUpperCase() + name.slice(1),
    value: withUnit(value, unit),
    more: inInterval(interval),
    how: [how, source ? `From ${source}.` : ""].filter(Boolean).join(" "),
    place,
  };
}

/** The largest lesion stands for the place of the whole. */
function mainPlace({ lesions }: Volumetry): Mm | null {
  const [first, ...others] = lesions;
  const largest = others.reduce(
    (best, lesion) => (best && lesion.volume_ml > best.volume_ml ? lesion : best),
    first,
  );
  return largest?.center_mm ?? null;
}

/** Volumes: the nested regions with the overlap to expect, then the labels that make them. */
export function regionRows(volumetry: Volumetry): Row[] {
  const named = (code: string) => volumetry.values.find(({ name }) => name === `${code} volume`);
  const place = (code: string) => {
    const line = volumetry.drawn.longest[code];
    return line ? middle(line) : mainPlace(volumetry);
  };
  const regions = volumetry.regions.map((region) => {
    const { code, volume_ml, interval_ml, expected_dice, expected_dice_interval } = region;
    // A model that nobody measured here foretells no volume: what was counted stands.
    const counted = named(code);
    const ml = volume_ml ?? counted?.value ?? 0;
    const overlap =
      expected_dice === null
        ? "The overlap with an expert is not known."
        : `Expected overlap with an expert (Dice) ${inDigits(expected_dice)}` +
          `${expected_dice_interval ? `, between ${inInterval(expected_dice_interval)}` : ""}, foretold by the doubt of the model.`;
    return {
      key: `region:${code}`,
      name: regionName(code),
      value: ml ? withUnit(ml, "ml") : "not found",
      more: inInterval(volume_ml === null ? (counted?.interval ?? null) : interval_ml),
      how: [counted?.how, overlap].filter(Boolean).join(". ").replace("..", "."),
      place: ml ? place(code) : null,
      code,
    };
  });
  const listed = new Set(volumetry.regions.map(({ code }) => code));
  const labels = volumetry.labels
    .filter(({ code }) => !listed.has(code))
    .flatMap(({ code }) => {
      const value = named(code);
      return value
        ? [{ ...rowOf(`region:${code}`, value, place(code)), name: regionName(code), code }]
        : [];
    });
  return [...regions, ...labels];
}

/** The overlap to expect, by the code of a region. */
export function overlapOf({ regions }: Volumetry, code: string | undefined): string {
  const dice = regions.find((region) => region.code === code)?.expected_dice;
  return dice == null ? "" : dice.toFixed(2);
}

/** Diameters, shift and mismatch: what is drawn on the images. */
export function drawnRows(volumetry: Volumetry): Row[] {
  const { drawn, midline, mismatch } = volumetry;
  const rows: Row[] = [];
  for (const [code, line] of Object.entries(drawn.longest)) {
    const taken = takenAs(volumetry, code, /longest/);
    rows.push({
      key: `longest:${code}`,
      name: `Diameter, ${regionName(code).toLowerCase()}`,
      value: withUnit(line.length_mm, "mm"),
      more: inInterval(taken?.interval ?? null),
      how: taken?.how ?? "Longest straight line between two places of the region, in space.",
      place: middle(line),
      code,
    });
  }
  for (const [code, { longest, across, plane, product_mm2 }] of Object.entries(drawn.crossed)) {
    const taken = takenAs(volumetry, code, /product|bidimensional/);
    rows.push({
      key: `crossed:${code}`,
      name: `RANO, ${regionName(code).toLowerCase()}`,
      value: `${inDigits(longest.length_mm)} × ${inDigits(across.length_mm)} mm`,
      more: withUnit(product_mm2, "mm2"),
      how:
        taken?.how ??
        `Longest ${plane} diameter and the longest one at a right angle to it, as RANO asks; product.`,
      place: middle(longest),
      code,
    });
  }
  if (midline?.shift) {
    const row = rowOf("shift", midline.shift, midline.drawn ? middle(midline.drawn) : null);
    const { value, interval } = midline.shift;
    rows.push({
      ...row,
      value: `${withUnit(Math.abs(value), "mm")} to the ${sideOf(value)}`,
      more: interval
        ? interval.map((end) => `${inDigits(Math.abs(end))} ${sideOf(end)}`).join(" – ")
        : "",
    });
  }
  if (mismatch) {
    const { score, has_sign, position_mm } = mismatch;
    const row = rowOf("mismatch", score, position_mm);
    rows.push({ ...row, value: `${row.value} · ${has_sign ? "sign present" : "no sign"}` });
  }
  return rows;
}

/** Of the patient: a sign would be read as a side of the screen. */
function sideOf(shift: number): "left" | "right" {
  return shift < 0 ? "left" : "right";
}

function takenAs({ values }: Volumetry, code: string, words: RegExp): Measured | undefined {
  return values.find(({ name }) => name.startsWith(`${code} `) && words.test(name));
}

/** One row a lesion: its side and place, its volume, and its diameters. */
export function lesionRows({ lesions }: Volumetry): Row[] {
  return lesions.map((lesion) => ({
    key: `lesion:${lesion.id}`,
    name: `${lesion.id} · ${whereOf(lesion)}`,
    value: withUnit(lesion.volume_ml, "ml"),
    more: diametersOf(lesion),
    how: lesionWords(lesion),
    place: lesion.center_mm,
  }));
}

/** The atlas names the side with the place. */
function whereOf({ side, place }: Lesion): string {
  return place.startsWith(side) ? place : [side, place].filter(Boolean).join(", ");
}

function diametersOf({ crossed, longest }: Lesion): string {
  if (crossed) {
    return `${inDigits(crossed.longest.length_mm)} × ${inDigits(crossed.across.length_mm)} mm`;
  }
  return longest ? withUnit(longest.length_mm, "mm") : "";
}

function lesionWords({ is_measurable, focus, values }: Lesion): string {
  const numbers = values.map(({ name, value, unit, interval, how }) => {
    const between = interval ? ` (${inInterval(interval)})` : "";
    return `${name}: ${withUnit(value, unit)}${between} – ${how}.`;
  });
  const measurable = is_measurable ? "Measurable by RANO." : "Too small to be measured by RANO.";
  return [`Focus ${focus}.`, measurable, ...numbers].join(" ");
}

/** All other numbers, each once. */
export function otherRows(volumetry: Volumetry): Row[] {
  const shown = new Set([
    ...regionRows(volumetry).map(({ code }) => `${code} volume`),
    volumetry.midline?.shift?.name,
    volumetry.mismatch?.score.name,
    // The volume of a label stands in the table under its name.
    ...volumetry.labels.map(({ value }) => `label ${value} volume`),
  ]);
  const isDrawn = (name: string) =>
    Object.keys(volumetry.drawn.longest).some(
      (code) => name.startsWith(`${code} `) && /longest/.test(name),
    );
  return volumetry.values
    .filter(({ name }) => !shown.has(name) && !isDrawn(name))
    .map((value) => rowOf(`value:${value.name}`, value));
}

export const NOT_ASSESSED = "not assessed";

/** VASARI features that were computed first; then those that a person must assess. */
export function vasariRows({ vasari }: Volumetry): Row[] {
  const rows = vasari.map(({ number, name, value, how }) => ({
    key: `vasari:${number}`,
    name: `F${number} ${name}`,
    value,
    more: "",
    how,
    place: null,
  }));
  const isOpen = (row: Row) => row.value === NOT_ASSESSED;
  return [...rows.filter((row) => !isOpen(row)), ...rows.filter(isOpen)];
}
