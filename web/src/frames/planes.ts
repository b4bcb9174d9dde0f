/** How a volume is cut and laid on the screen: radiological convention, without resampling. */

import {
  type Affine,
  closestAxes,
  type Mm,
  type Shape,
  spacingMm,
  step,
  toMm,
  toVoxel,
  type Voxel,
} from "./affine.ts";

export type Plane = "axial" | "coronal" | "sagittal";
export const PLANES: readonly Plane[] = ["axial", "coronal", "sagittal"];

/** A voxel axis and whether the screen runs along it (+1) or against it (-1). */
export interface Run {
  readonly axis: number;
  readonly sign: 1 | -1;
  readonly count: number;
  readonly spacingMm: number;
}

/** One plane of one volume: which voxel axis runs to the right, downward, and through the stack. */
export interface PlaneGrid {
  readonly plane: Plane;
  readonly affine: Affine;
  readonly shape: Shape;
  readonly columns: Run;
  readonly rows: Run;
  readonly slices: Run;
  /** The patient side at each edge of the screen, for example R on the left. */
  readonly letters: { left: string; right: string; top: string; bottom: string };
}

const OPPOSITE: Record<string, string> = { R: "L", L: "R", A: "P", P: "A", S: "I", I: "S" };

/**
 * Where the screen's right and bottom, and the next slice, lie in the patient (RAS sign, world axis).
 * Axial and coronal: the patient's left is on the right, as if seen from the feet or face to face.
 * Sagittal: anterior on the left. Slices run toward superior, anterior, and the patient's right.
 */
const LAYOUT: Record<Plane, { right: [number, 1 | -1]; down: [number, 1 | -1]; through: number }> =
  {
    axial: { right: [0, -1], down: [1, -1], through: 2 },
    coronal: { right: [0, -1], down: [2, -1], through: 1 },
    sagittal: { right: [1, -1], down: [2, -1], through: 0 },
  };
const SIDES: readonly (readonly [string, string])[] = [
  ["L", "R"],
  ["P", "A"],
  ["I", "S"],
];

function side(world: number, sign: number): string {
  const pair = SIDES[world];
  return pair ? pair[sign > 0 ? 1 : 0] : "";
}

/** Choose the voxel axes of a plane. An oblique volume is shown along its own nearest axes. */
export function planeGrid(affine: Affine, shape: Shape, plane: Plane): PlaneGrid {
  const worldOf = closestAxes(affine);
  const spacing = spacingMm(affine);
  const run = (world: number, wanted: 1 | -1): Run => {
    const axis = worldOf.indexOf(world);
    const grows = (step(affine, axis)[world] ?? 0) > 0 ? 1 : -1;
    return {
      axis,
      sign: grows === wanted ? 1 : -1,
      count: shape[axis] ?? 1,
      spacingMm: spacing[axis] ?? 1,
    };
  };
  const { right, down, through } = LAYOUT[plane];
  const rightSide = side(...right);
  const bottomSide = side(...down);
  return {
    plane,
    affine,
    shape,
    columns: run(...right),
    rows: run(...down),
    slices: run(through, 1),
    letters: {
      left: OPPOSITE[rightSide] ?? "",
      right: rightSide,
      top: OPPOSITE[bottomSide] ?? "",
      bottom: bottomSide,
    },
  };
}

function along(run: Run, position: number): number {
  return run.sign > 0 ? position : run.count - 1 - position;
}

/** The voxel under a (fractional) place on the screen: slice, row from the top, column from the left. */
export function voxelAt(grid: PlaneGrid, slice: number, row: number, column: number): Voxel {
  const index = [0, 0, 0];
  index[grid.columns.axis] = along(grid.columns, column);
  index[grid.rows.axis] = along(grid.rows, row);
  index[grid.slices.axis] = along(grid.slices, slice);
  return [index[0] ?? 0, index[1] ?? 0, index[2] ?? 0];
}

export function mmAt(grid: PlaneGrid, slice: number, row: number, column: number): Mm {
  return toMm(grid.affine, voxelAt(grid, slice, row, column));
}

/** Where a point lies in a plane, in fractional slices, rows and columns. */
export function placeOf(
  grid: PlaneGrid,
  point: Mm,
): { slice: number; row: number; column: number } {
  const index = toVoxel(grid.affine, point);
  return {
    slice: along(grid.slices, index[grid.slices.axis] ?? 0),
    row: along(grid.rows, index[grid.rows.axis] ?? 0),
    column: along(grid.columns, index[grid.columns.axis] ?? 0),
  };
}

/** The nearest slice that exists. */
export function sliceOf(grid: PlaneGrid, point: Mm): number {
  const nearest = Math.round(placeOf(grid, point).slice);
  return Math.min(Math.max(nearest, 0), grid.slices.count - 1);
}

/** The center of a volume in RAS+ mm, on a voxel. */
export function centerMm(affine: Affine, shape: Shape): Mm {
  const [i, j, k] = shape;
  return toMm(affine, [Math.floor(i / 2), Math.floor(j / 2), Math.floor(k / 2)]);
}

/** Copy one slice out of voxels stored with i fastest, in rows from the top of the screen. */
export function cut(
  voxels: ArrayLike<number>,
  grid: PlaneGrid,
  slice: number,
  scale = 1,
): Float32Array<ArrayBuffer> {
  const strides = [1, grid.shape[0], grid.shape[0] * grid.shape[1]];
  const stride = (run: Run) => (strides[run.axis] ?? 1) * run.sign;
  const [iFirst, jFirst, kFirst] = voxelAt(grid, slice, 0, 0);
  const first = iFirst + (strides[1] ?? 0) * jFirst + (strides[2] ?? 0) * kFirst;
  const [down, right] = [stride(grid.rows), stride(grid.columns)];
  const pixels = new Float32Array(grid.rows.count * grid.columns.count);
  for (let row = 0, pixel = 0; row < grid.rows.count; row++) {
    let from = first + row * down;
    for (let column = 0; column < grid.columns.count; column++, pixel++, from += right) {
      pixels[pixel] = (voxels[from] ?? 0) * scale;
    }
  }
  return pixels;
}
