/** Cut a map that lies on one grid along the slices of another. */

import { type Affine, type Shape, toVoxel } from "./affine.ts";
import { mmAt, type PlaneGrid } from "./planes.ts";

/** Numbers on a grid of their own, stored with i fastest. */
export interface GridMap {
  readonly values: ArrayLike<number>;
  readonly shape: Shape;
  readonly affine: Affine;
}

type Triple = readonly [number, number, number];

/** Where a slice starts in the map, and how far a row and a column go in it, in voxels of the map. */
function strides(map: GridMap, grid: PlaneGrid, slice: number): [Triple, Triple, Triple] {
  const at = (row: number, column: number) =>
    toVoxel(map.affine, mmAt(grid, slice, row, column)) as Triple;
  const first = at(0, 0);
  const away = (to: Triple): Triple => [to[0] - first[0], to[1] - first[1], to[2] - first[2]];
  return [first, away(at(1, 0)), away(at(0, 1))];
}

/** The nearest voxel of the map under every pixel of a slice; 0 outside of the map. */
export function resliced(
  map: GridMap,
  grid: PlaneGrid,
  slice: number,
  scale = 1,
): Float32Array<ArrayBuffer> {
  const [first, down, right] = strides(map, grid, slice);
  const [ni, nj, nk] = map.shape;
  const pixels = new Float32Array(grid.rows.count * grid.columns.count);
  for (let row = 0, pixel = 0; row < grid.rows.count; row++) {
    for (let column = 0; column < grid.columns.count; column++, pixel++) {
      const i = Math.round(first[0] + row * down[0] + column * right[0]);
      const j = Math.round(first[1] + row * down[1] + column * right[1]);
      const k = Math.round(first[2] + row * down[2] + column * right[2]);
      if (i >= 0 && j >= 0 && k >= 0 && i < ni && j < nj && k < nk) {
        pixels[pixel] = (map.values[i + ni * (j + nj * k)] ?? 0) * scale;
      }
    }
  }
  return pixels;
}

/** The value of the map under every pixel of a slice, by its eight nearest voxels; 0 outside of the map. */
export function interpolated(
  map: GridMap,
  grid: PlaneGrid,
  slice: number,
): Float32Array<ArrayBuffer> {
  const [first, down, right] = strides(map, grid, slice);
  const pixels = new Float32Array(grid.rows.count * grid.columns.count);
  for (let row = 0, pixel = 0; row < grid.rows.count; row++) {
    for (let column = 0; column < grid.columns.count; column++, pixel++) {
      const along = (axis: 0 | 1 | 2) => first[axis] + row * down[axis] + column * right[axis];
      pixels[pixel] = between(map, along(0), along(1), along(2));
    }
  }
  return pixels;
}

/** Trilinear; half a voxel beyond the outermost centers they still count. */
function between({ values, shape: [ni, nj, nk] }: GridMap, x: number, y: number, z: number) {
  if (x < -0.5 || y < -0.5 || z < -0.5 || x > ni - 0.5 || y > nj - 0.5 || z > nk - 0.5) {
    return 0;
  }
  const [i, j, k] = [Math.floor(x), Math.floor(y), Math.floor(z)];
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    const [di, dj, dk] = [corner & 1, (corner >> 1) & 1, (corner >> 2) & 1];
    const share = near(x - i, di) * near(y - j, dj) * near(z - k, dk);
    const at = inside(i + di, ni) + ni * (inside(j + dj, nj) + nj * inside(k + dk, nk));
    sum += share * (values[at] ?? 0);
  }
  return sum;
}

function near(share: number, step: number): number {
  return step === 1 ? share : 1 - share;
}

function inside(at: number, count: number): number {
  return Math.min(Math.max(at, 0), count - 1);
}
