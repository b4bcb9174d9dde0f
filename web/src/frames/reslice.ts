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
