import { expect, it } from "vitest";
import { type Affine, compose, type Shape } from "./affine.ts";
import { cut, mmAt, PLANES, planeGrid } from "./planes.ts";
import { interpolated, resliced } from "./reslice.ts";

const SHAPE: Shape = [5, 4, 3];
const AFFINE: Affine = [
  [-1, 0, 0, 2],
  [0, 2, 0, -3],
  [0, 0, 3, 1],
  [0, 0, 0, 1],
];
const values = Float32Array.from({ length: 60 }, (_, at) => at + 1);
const map = { values, shape: SHAPE, affine: AFFINE };

it.each(PLANES)("on its own grid a %s slice is the cut itself", (plane) => {
  const grid = planeGrid(AFFINE, SHAPE, plane);
  for (let slice = 0; slice < grid.slices.count; slice++) {
    expect(resliced(map, grid, slice)).toEqual(cut(values, grid, slice));
  }
});

it("a map on twice as fine a grid gives the same places", () => {
  const fine = compose(AFFINE, [
    [0.5, 0, 0, -0.25],
    [0, 0.5, 0, -0.25],
    [0, 0, 0.5, -0.25],
    [0, 0, 0, 1],
  ]);
  const [ni, nj, nk] = [10, 8, 6];
  const doubled = Float32Array.from({ length: ni * nj * nk }, (_, at) => {
    const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
    return values[(i >> 1) + 5 * ((j >> 1) + 4 * (k >> 1))] ?? 0;
  });
  const grid = planeGrid(AFFINE, SHAPE, "coronal");
  const finer = { values: doubled, shape: [ni, nj, nk] as Shape, affine: fine };
  expect(resliced(finer, grid, 2)).toEqual(cut(values, grid, 2));
});

it("outside of the map there is nothing", () => {
  const far = compose(
    [
      [1, 0, 0, 100],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ],
    AFFINE,
  );
  const pixels = resliced({ ...map, affine: far }, planeGrid(AFFINE, SHAPE, "axial"), 1);
  expect(Math.max(...pixels)).toBe(0);
});

it("between voxels a smooth map takes the value between theirs, on any grid", () => {
  // x - 2y + 3z at every voxel center: linear, so that interpolation is exact.
  const linear = Float32Array.from({ length: 60 }, (_, at) => {
    const [x, y, z] = [2 - (at % 5), 2 * (Math.floor(at / 5) % 4) - 3, 3 * Math.floor(at / 20) + 1];
    return x - 2 * y + 3 * z;
  });
  const grid = planeGrid(
    [
      [0.5, 0, 0, -1.75],
      [0, 0.5, 0, -2.25],
      [0, 0, 0.5, 1.25],
      [0, 0, 0, 1],
    ],
    [7, 9, 8],
    "sagittal",
  );
  const pixels = interpolated({ ...map, values: linear }, grid, 2.5);
  const { count: columns } = grid.columns;
  for (let pixel = 0; pixel < pixels.length; pixel++) {
    const [x, y, z] = mmAt(grid, 2.5, Math.floor(pixel / columns), pixel % columns);
    expect(pixels[pixel]).toBeCloseTo(x - 2 * y + 3 * z, 4);
  }
});

it("half a voxel around the map still counts, and nothing beyond", () => {
  const grid = planeGrid(AFFINE, SHAPE, "axial");
  expect(Math.min(...interpolated(map, grid, -0.4))).toBe(1);
  expect(Math.max(...interpolated(map, grid, -0.6))).toBe(0);
});
