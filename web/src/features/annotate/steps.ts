/** What a finished gesture does to the drawings on a sheet: pure functions, one for each tool. */

import type { Voxel } from "../../frames/affine.ts";
import { borderOf, type Flat, isOnPicture, pixelOfFlat, type Sheet } from "../../frames/sheet.ts";
import {
  areaOf,
  difference,
  doTouch,
  filledArea,
  intersection,
  strokeArea,
  thinned,
  union,
} from "./areas.ts";
import { areaOn, type Content, contour, liesOn, type Manner, newId, stroke } from "./content.ts";
import type { Change } from "./history.ts";
import { masksOf, maskUnder, repainted, sameKind } from "./maskSteps.ts";
import { isPainted, packed, pixelsUnder, wiped } from "./masks.ts";
import { type Brush, OFF, type Result, type Seen } from "./result.ts";
import { crossingOf, LEAST_AREA, type Piece, type Ring } from "./rings.ts";

const STUMBLED =
  "These outlines are too entangled to join. Draw a little beside them, or hold Shift.";

function border(sheet: Sheet): Piece[] {
  return [{ outer: borderOf(sheet), holes: [] }];
}

function isOff(sheet: Sheet, points: readonly Flat[]): boolean {
  return points.some((flat) => !isOnPicture(sheet, ...pixelOfFlat(sheet, flat)));
}

function mannerOf({ kind, only_this, reason, analysis_id }: Content): Manner {
  return { kind, only_this, reason, analysis_id };
}

/** Lay pieces down as one drawing that exists, and as new ones for what does not hang together. */
function asChanges(
  sheet: Sheet,
  pieces: readonly Piece[],
  first: { id: string; before: Content | null },
  manner: Manner,
): Change[] {
  const made = pieces.map((piece) => contour(sheet, piece, manner));
  return [
    { id: first.id, before: first.before, after: made[0] ?? null },
    ...made.slice(1).map((after): Change => ({ id: newId(), before: null, after })),
  ];
}

/** Close an outline. */
export function outlined(sheet: Sheet, line: Ring, manner: Manner): Result {
  if (line.length < 3) {
    return { hint: "An outline needs three corners or more." };
  }
  const at = crossingOf([line]);
  if (at) {
    return {
      hint: "The outline crosses itself at the mark. Take corners back (Backspace), then close it.",
      at,
    };
  }
  const pieces = isOff(sheet, line)
    ? intersection(filledArea(line), border(sheet))
    : [{ outer: line, holes: [] }];
  if (pieces.length === 0 || pieces.every((piece) => areaOf(piece) < LEAST_AREA)) {
    return { hint: isOff(sheet, line) ? OFF : "The outline encloses nothing." };
  }
  const changes = asChanges(sheet, pieces, { id: newId(), before: null }, manner);
  return { step: { does: "Outline", changes } };
}

/** Whatever entangled outlines make the arithmetic stumble must not lose what is there. */
function guarded(make: () => Result): Result {
  try {
    return make();
  } catch {
    return { hint: STUMBLED };
  }
}

/** Paint: adds to what it touches of the same kind, else makes a drawing of its own. */
export function brushed(
  sheet: Sheet,
  brush: Brush,
  seen: readonly Seen[],
  manner: Manner,
  selected: string | null,
): Result {
  return guarded(() => {
    const { path, radius, isApart } = brush;
    const whole = strokeArea(path, radius);
    const area = isOff(sheet, path) ? intersection(whole, border(sheet)) : whole;
    if (area.length === 0) {
      return { hint: OFF };
    }
    const mine = isApart || manner.kind === "note" ? [] : sameKind(seen, manner.kind);
    const mask = maskUnder(sheet, path, radius, mine, selected);
    if (mask) {
      const change = repainted(sheet, mask, pixelsUnder(sheet, path, radius));
      return { step: { does: "Brush", changes: [change] } };
    }
    return { step: { does: "Brush", changes: laid(sheet, brush, area, mine, manner, selected) } };
  });
}

/** A stroke stays a stroke until it joins something or leaves the picture. */
function laid(
  sheet: Sheet,
  { path, radius }: Brush,
  area: readonly Piece[],
  mine: readonly Seen[],
  manner: Manner,
  selected: string | null,
): Change[] {
  const touched = mine.filter(
    ({ content }) => liesOn(content, sheet) && doTouch(areaOn(content, sheet), area),
  );
  const first = touched.find(({ id }) => id === selected) ?? touched[0];
  if (first) {
    return joined(sheet, area, first, touched);
  }
  const fresh = { id: newId(), before: null };
  return isOff(sheet, path)
    ? asChanges(sheet, area, fresh, manner)
    : [{ ...fresh, after: stroke(sheet, thinned(path, radius), radius, manner) }];
}

function joined(
  sheet: Sheet,
  area: readonly Piece[],
  first: Seen,
  touched: readonly Seen[],
): Change[] {
  const all = union([...area, ...touched.flatMap(({ content }) => areaOn(content, sheet))]);
  const others = touched.filter(({ id }) => id !== first.id);
  return [
    ...asChanges(sheet, all, { id: first.id, before: first.content }, mannerOf(first.content)),
    ...others.map(({ id, content }): Change => ({ id, before: content, after: null })),
  ];
}

/** Erase: cuts what it touches; the chosen drawing alone, if it touches that. */
export function erased(
  sheet: Sheet,
  path: readonly Flat[],
  radius: number,
  seen: readonly Seen[],
  selected: string | null,
): Result {
  return guarded(() => {
    const area = strokeArea(path, radius);
    const under = pixelsUnder(sheet, path, radius).map((pixel) => sheet.voxelOf(...pixel));
    const erase = (aims: readonly Seen[]) => [
      ...cut(sheet, area, aims),
      ...wipe(sheet, under, aims),
    ];
    const ofChosen = erase(seen.filter(({ id }) => id === selected));
    const changes = ofChosen.length > 0 ? ofChosen : erase(seen);
    return changes.length > 0 ? { step: { does: "Erase", changes } } : { hint: "" };
  });
}

function cut(sheet: Sheet, area: readonly Piece[], aims: readonly Seen[]): Change[] {
  return aims.flatMap(({ id, content }) => {
    const before = liesOn(content, sheet) ? areaOn(content, sheet) : [];
    return doTouch(before, area)
      ? asChanges(sheet, difference(before, area), { id, before: content }, mannerOf(content))
      : [];
  });
}

function wipe(sheet: Sheet, under: readonly Voxel[], aims: readonly Seen[]): Change[] {
  return masksOf(sheet, aims)
    .filter(({ box }) => under.some((voxel) => isPainted(box, voxel)))
    .map(({ id, content, box }) => {
      const left = wiped(box, under);
      return { id, before: content, after: left && { ...content, mask: packed(left, sheet) } };
    });
}

/** Move, add or take away corners. */
export function reshaped(
  sheet: Sheet,
  { id, content }: Seen,
  rings: readonly Ring[] | null,
): Result {
  const at = rings ? crossingOf(rings) : null;
  if (at) {
    return { hint: "The outline would cross itself at the mark: the corner went back.", at };
  }
  const [outer, ...holes] = rings ?? [];
  const after = outer ? contour(sheet, { outer, holes }, mannerOf(content)) : null;
  return { step: { does: "Corner", changes: [{ id, before: content, after }] } };
}
