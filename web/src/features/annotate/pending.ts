/** An outline that is not closed yet. Pure. */

import type { Mm } from "../../frames/affine.ts";
import { type Flat, flatOfMm, mmOfFlat, type Sheet } from "../../frames/sheet.ts";
import { crossingOfNext } from "./rings.ts";

export interface Pending {
  /** Of the sheet it is drawn on. */
  readonly key: string;
  readonly sliceIndex: number | null;
  readonly points: readonly Mm[];
  /** Corners that were taken back. */
  readonly undone: readonly Mm[];
}

export function lineOf(pending: Pending, sheet: Sheet): Flat[] {
  return pending.points.map((place) => flatOfMm(sheet, place));
}

/** Set a corner; null where the line would cross itself. */
export function withCorner(pending: Pending | null, sheet: Sheet, to: Flat): Pending | null {
  if (pending && crossingOfNext(lineOf(pending, sheet), to)) {
    return null;
  }
  return {
    key: sheet.key,
    sliceIndex: sheet.sliceIndex,
    points: [...(pending?.points ?? []), mmOfFlat(sheet, to)],
    undone: [],
  };
}

export function backOne(pending: Pending): Pending {
  const last = pending.points.at(-1);
  return last
    ? { ...pending, points: pending.points.slice(0, -1), undone: [...pending.undone, last] }
    : pending;
}

export function onOne(pending: Pending): Pending {
  const next = pending.undone.at(-1);
  return next
    ? { ...pending, points: [...pending.points, next], undone: pending.undone.slice(0, -1) }
    : pending;
}
