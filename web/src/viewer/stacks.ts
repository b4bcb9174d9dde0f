/** Stacks of pictures from what the server sends. */

import { type Affine, type Mm, type Shape, step } from "../frames/affine.ts";
import { cut, mmAt, type PlaneGrid } from "../frames/planes.ts";
import type { Picture, Stack } from "./surface.ts";

export interface Voxels {
  readonly values: ArrayLike<number>;
  readonly shape: Shape;
  readonly affine: Affine;
}

function unitStep(affine: Affine, axis: number, sign: number): Mm {
  const [r, a, s] = step(affine, axis);
  const length = Math.hypot(r, a, s) * sign;
  return [r / length, a / length, s / length];
}

/** All cuts of a volume in one plane. */
export function planeStack(key: string, voxels: Voxels, grid: PlaneGrid): Stack {
  const { rows, columns, slices } = grid;
  return {
    key: `${key}/${grid.plane}`,
    count: slices.count,
    picture: async (index) => ({
      pixels: cut(voxels.values, grid, index),
      rows: rows.count,
      columns: columns.count,
      rowMm: rows.spacingMm,
      columnMm: columns.spacingMm,
      origin: mmAt(grid, index, 0, 0),
      right: unitStep(voxels.affine, columns.axis, columns.sign),
      down: unitStep(voxels.affine, rows.axis, rows.sign),
    }),
  };
}

/** A plain picture has no place in the patient: one unit per pixel, drawn as it was stored. */
export function plainPicture(
  pixels: Float32Array<ArrayBuffer>,
  rows: number,
  columns: number,
): Picture {
  return {
    pixels,
    rows,
    columns,
    rowMm: 1,
    columnMm: 1,
    origin: [0, 0, 0],
    right: [1, 0, 0],
    down: [0, 1, 0],
  };
}
