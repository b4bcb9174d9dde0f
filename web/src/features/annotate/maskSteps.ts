/** What brushes do to painted voxels. Pure. */

import { type Flat, isOnPicture, pixelOfFlat, type Sheet } from "../../frames/sheet.ts";
import { type Kind, type Manner, newId, voxels } from "./content.ts";
import type { Change } from "./history.ts";
import { type Box, isPainted, packed, painted, pixelsUnder, unpacked } from "./masks.ts";
import { type Brush, OFF, type Result, type Seen } from "./result.ts";

export function sameKind(seen: readonly Seen[], kind: Kind): Seen[] {
  return seen.filter(({ content }) => content.kind === kind);
}

export interface MaskSeen extends Seen {
  readonly box: Box;
}

export function masksOf(sheet: Sheet, seen: readonly Seen[]): MaskSeen[] {
  return seen.flatMap((one) =>
    one.content.mask && (one.content.slice_index ?? null) === sheet.sliceIndex
      ? [{ ...one, box: unpacked(one.content.mask, sheet) }]
      : [],
  );
}

/** The painted voxels that a brush touches or joins; the chosen drawing first. */
export function maskUnder(
  sheet: Sheet,
  path: readonly Flat[],
  radius: number,
  seen: readonly Seen[],
  selected: string | null,
): MaskSeen | null {
  const masks = masksOf(sheet, seen);
  const chosen = masks.find(({ id }) => id === selected);
  if (chosen || masks.length === 0) {
    return chosen ?? null;
  }
  const near = pixelsUnder(sheet, path, radius + Math.max(sheet.columnMm, sheet.rowMm[1]));
  return (
    masks.find(({ box }) => near.some((pixel) => isPainted(box, sheet.voxelOf(...pixel)))) ?? null
  );
}

type Pixels = readonly (readonly [row: number, column: number])[];

export function repainted(sheet: Sheet, { id, content, box }: MaskSeen, pixels: Pixels): Change {
  const next = painted(
    box,
    pixels.map((pixel) => sheet.voxelOf(...pixel)),
  );
  const after = next ? { ...content, mask: packed(next, sheet) } : content;
  return { id, before: content, after };
}

/** Gray values that belong to what lies under the start of a stroke. */
export interface GrayRange {
  readonly low: number;
  readonly high: number;
}

export function rangeAround(
  sheet: Sheet,
  gray: ArrayLike<number>,
  start: Flat,
  tolerance: number,
): GrayRange | null {
  const [row, column] = pixelOfFlat(sheet, start).map(Math.round) as [number, number];
  if (!isOnPicture(sheet, row, column)) {
    return null;
  }
  const middle = gray[row * sheet.columns + column] ?? 0;
  return { low: middle - tolerance, high: middle + tolerance };
}

export interface GrayStroke {
  readonly brush: Brush;
  /** Of the whole sheet, row by row. */
  readonly gray: ArrayLike<number>;
  readonly tolerance: number;
  readonly seen: readonly Seen[];
  readonly manner: Manner;
  readonly selected: string | null;
}

/** Paint only the pixels whose gray values lie near that of the pixel where the stroke began. */
export function thresholded(sheet: Sheet, stroke: GrayStroke): Result {
  const { brush, gray, tolerance, seen, manner, selected } = stroke;
  const [start] = brush.path;
  const range = start && rangeAround(sheet, gray, start, tolerance);
  if (!range) {
    return { hint: OFF };
  }
  const pixels = pixelsUnder(sheet, brush.path, brush.radius).filter(([row, column]) => {
    const value = gray[row * sheet.columns + column] ?? 0;
    return value >= range.low && value <= range.high;
  });
  const mine = brush.isApart ? [] : sameKind(seen, manner.kind);
  const mask = maskUnder(sheet, brush.path, brush.radius, mine, selected);
  if (mask) {
    return { step: { does: "Threshold brush", changes: [repainted(sheet, mask, pixels)] } };
  }
  const box = painted(
    null,
    pixels.map((pixel) => sheet.voxelOf(...pixel)),
  );
  if (!box) {
    return { hint: OFF };
  }
  const after = voxels(sheet, packed(box, sheet), manner);
  return { step: { does: "Threshold brush", changes: [{ id: newId(), before: null, after }] } };
}
