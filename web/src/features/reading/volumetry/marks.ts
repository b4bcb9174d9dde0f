/** Measurements drawn where they were taken. */

import { type Affine, dot, type Mm } from "../../../frames/affine.ts";
import {
  mmAt,
  PLANES,
  type PlaneGrid,
  placeOf,
  planeGrid,
  sliceOf,
} from "../../../frames/planes.ts";
import type { Crossed, Line, Volumetry } from "../../../queries/volumetry.ts";
import type { SliceMark } from "../../../viewer/overlay.ts";
import type { SpaceLine } from "../../../viewer/spaceMarks.ts";
import { inDigits } from "./rows.ts";

/** Lines that belong to one row of the table. */
interface Drawing {
  readonly key: string;
  readonly lines: readonly Line[];
  /** Drawn without being chosen. */
  readonly isAlways: boolean;
}

function linesOf({ longest, across }: Crossed): readonly Line[] {
  return [longest, across];
}

function drawings({ drawn, lesions, midline }: Volumetry): Drawing[] {
  return [
    ...lesions.map(({ id, longest, crossed }) => ({
      key: `lesion:${id}`,
      lines: crossed ? linesOf(crossed) : longest ? [longest] : [],
      isAlways: true,
    })),
    ...Object.entries(drawn.crossed).map(([code, crossed]) => ({
      key: `crossed:${code}`,
      lines: linesOf(crossed),
      isAlways: false,
    })),
    ...Object.entries(drawn.longest).map(([code, line]) => ({
      key: `longest:${code}`,
      lines: [line],
      isAlways: false,
    })),
    ...(midline?.drawn ? [{ key: "shift", lines: [midline.drawn], isAlways: true }] : []),
  ];
}

/** What the reader wants to see: what he chose alone, or all that is always there. */
function wanted(volumetry: Volumetry, chosen: string): Drawing[] {
  const all = drawings(volumetry).filter(({ lines }) => lines.length > 0);
  const one = all.filter(({ key }) => key === chosen);
  return one.length > 0 ? one : all.filter(({ isAlways }) => isAlways);
}

function words(line: Line): string {
  return `${inDigits(line.length_mm)} mm`;
}

/** The marks of a slice: lines that lie in it, that pass through it, and the midline plane. */
export function marksOn(
  volumetry: Volumetry,
  grid: PlaneGrid,
  slice: number,
  chosen: string,
): SliceMark[] {
  const lines = wanted(volumetry, chosen).flatMap(({ key, lines: own }) =>
    own.flatMap((line, at) => {
      const mark = lineOn(line, grid, slice);
      return mark
        ? [{ ...mark, key: `${key}/${at}`, words: words(line), isSelected: key === chosen }]
        : [];
    }),
  );
  return chosen === "shift" ? [...midlineOn(volumetry, grid, slice), ...lines] : lines;
}

function lineOn(line: Line, grid: PlaneGrid, slice: number) {
  const [from, to] = [placeOf(grid, line.start_mm), placeOf(grid, line.end_mm)];
  const [low, high] = [Math.min(from.slice, to.slice), Math.max(from.slice, to.slice)];
  if (slice < low - 0.5 || slice > high + 0.5) {
    return null;
  }
  const isWithin = low > slice - 0.75 && high < slice + 0.75;
  return {
    from: [from.row, from.column] as const,
    to: [to.row, to.column] as const,
    kind: isWithin ? ("within" as const) : ("through" as const),
  };
}

/** Where the plane between the hemispheres cuts a slice. */
function midlineOn({ midline }: Volumetry, grid: PlaneGrid, slice: number): SliceMark[] {
  if (!midline) {
    return [];
  }
  const { point_mm: point, normal } = midline;
  const away = (row: number, column: number) => {
    const at = mmAt(grid, slice, row, column);
    return dot(normal, [at[0] - point[0], at[1] - point[1], at[2] - point[2]]);
  };
  const first = away(0, 0);
  const [down, right] = [away(1, 0) - first, away(0, 1) - first];
  if (Math.hypot(down, right) < 0.2 * Math.max(grid.rows.spacingMm, grid.columns.spacingMm)) {
    return []; // the slice runs along the plane
  }
  const [lastRow, lastColumn] = [grid.rows.count - 1, grid.columns.count - 1];
  const ends =
    Math.abs(right) >= Math.abs(down)
      ? [0, lastRow].map((row) => [row, -(first + row * down) / right] as const)
      : [0, lastColumn].map((column) => [-(first + column * right) / down, column] as const);
  const [from = [0, 0], to = [0, 0]] = ends;
  return [{ key: "midline", from, to, kind: "plane", words: "", isSelected: true }];
}

/** The same lines in space. */
export function spaceLines(volumetry: Volumetry, chosen: string): SpaceLine[] {
  return wanted(volumetry, chosen).flatMap(({ key, lines }) =>
    lines.map((line, at) => ({
      key: `${key}/${at}`,
      from: line.start_mm,
      to: line.end_mm,
      words: words(line),
      isSelected: key === chosen,
    })),
  );
}

/** Whether this is the slice on which the mismatch of T2 and FLAIR shows best. */
export function isMismatchSlice(volumetry: Volumetry, grid: PlaneGrid, slice: number): boolean {
  const { mismatch, reference } = volumetry;
  if (!mismatch) {
    return false;
  }
  const plane = PLANES.find(
    (one) => planeGrid(reference.affine_ras_mm, reference.shape, one).slices.axis === mismatch.axis,
  );
  return plane === grid.plane && sliceOf(grid, mismatch.position_mm) === slice;
}

/** Carries the millimeters of a sequence to those of the reference; null where they are the same. */
export function toReference({ sequences }: Volumetry, seriesId: string): Affine | null {
  const moved = sequences.find((one) => one.series_id === seriesId)?.to_reference;
  const isStill = moved?.every((row, r) =>
    row.every((value, c) => Math.abs(value - (r === c ? 1 : 0)) < 1e-9),
  );
  return moved && !isStill ? moved : null;
}

export function centerOf({ lesions }: Volumetry): { place: Mm; radiusMm: number } | null {
  const [largest] = [...lesions].sort((a, b) => b.volume_ml - a.volume_ml);
  if (!largest) {
    return null;
  }
  const ball = Math.cbrt((3000 * largest.volume_ml) / (4 * Math.PI));
  return {
    place: largest.center_mm,
    radiusMm: Math.max(ball, (largest.longest?.length_mm ?? 0) / 2),
  };
}
