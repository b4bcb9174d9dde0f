/** What an audit says, in the order and the words in which a reader asks. */

import type {
  AuditContent,
  AuditInterval,
  Measure,
  ModelSheet,
} from "../../queries/modelAudits.ts";
import { short } from "../../ui/chartData.ts";

export const SECTIONS: Readonly<Record<string, string>> = {
  accuracy: "Accuracy",
  reasons: "Reasons",
  localization: "Does the map find the tumor?",
  calibration: "Calibration",
  doubt: "Doubt",
  robustness: "Robustness",
  counterfactual: "What if the tumor were not there?",
  shortcuts: "Shortcuts",
  methods: "Explanation methods",
  passport: "Tests of the maps",
  ablation: "Training choices",
  speed: "Speed and size",
};

/** The sections an audit has, known ones first. */
export function sectionsOf(audit: AuditContent): string[] {
  const there = new Set(
    audit.models.flatMap(({ measures = [], curves = [], tables = [] }) =>
      [...measures, ...curves, ...tables].map(({ section }) => section),
    ),
  );
  const known = Object.keys(SECTIONS).filter((name) => there.has(name));
  return [...known, ...[...there].filter((name) => !(name in SECTIONS))];
}

/** The names of all measures of a section, in the order of the first model that has them. */
export function measuresOf(audit: AuditContent, section: string): Measure[] {
  const found = new Map<string, Measure>();
  for (const { measures = [] } of audit.models) {
    for (const measure of measures) {
      if (measure.section === section && !found.has(measure.name)) {
        found.set(measure.name, measure);
      }
    }
  }
  return [...found.values()];
}

/** The first of some measures that a model has. */
export function measureNamed(
  { measures = [] }: ModelSheet,
  ...names: readonly string[]
): Measure | null {
  const found = names.map((name) => measures.find((one) => one.name.toLowerCase() === name));
  return found.find((one) => one !== undefined) ?? null;
}

const PARTS = new Set(["share", "fraction", "probability"]);

/** A number in its unit: shares in percent. */
export function inUnit(value: number | null, unit: string): string {
  if (value === null) {
    return "–";
  }
  if (PARTS.has(unit)) {
    return `${(value * 100).toFixed(1)} %`;
  }
  return unit && unit !== "1" ? `${short(value)} ${unit}` : short(value);
}

/** The interval of a number, without its unit. */
export function rangeOf({ low, high }: AuditInterval, unit: string): string {
  if (low === null || high === null) {
    return "no interval";
  }
  const ends = PARTS.has(unit)
    ? [low, high].map((end) => (end * 100).toFixed(1))
    : [low, high].map(short);
  return `${ends[0]} to ${ends[1]}`;
}

/** What a number rests on. */
export function basisOf({ n, units, few_units: isFew }: AuditInterval): string {
  const basis = units === n ? `n = ${n}` : `n = ${n}, ${units} patients`;
  return isFew ? `${basis}, insufficient` : basis;
}

/** The one that did best on a measure, if its interval lies beyond that of every other. */
export function bestOf(audit: AuditContent, { name, section, better }: Measure): string | null {
  const found = audit.models.flatMap((sheet) => {
    const measure = (sheet.measures ?? []).find(
      (one) => one.name === name && one.section === section,
    );
    return measure ? [{ model: sheet.name, ...measure.interval }] : [];
  });
  if (!better || found.length < 2 || found.some((one) => one.few_units)) {
    return null;
  }
  const beats = (one: AuditInterval, other: AuditInterval) =>
    better === "higher"
      ? (one.low ?? Number.NEGATIVE_INFINITY) > (other.high ?? Number.POSITIVE_INFINITY)
      : (one.high ?? Number.POSITIVE_INFINITY) < (other.low ?? Number.NEGATIVE_INFINITY);
  return (
    found.find((one) => found.every((other) => other === one || beats(one, other)))?.model ?? null
  );
}

/** Colors of models, the same in every chart; told apart also without red and green. */
const COLORS = ["#6fb1ff", "#ffb02e", "#7ddcb5", "#d7a6ff", "#ff9d9d", "#c3cad4"] as const;

export function colorOf(place: number): string {
  return COLORS[place % COLORS.length] ?? COLORS[0];
}
