import { describe, expect, it } from "vitest";
import { type Affine, compose, mm, type Shape, toMm, voxel } from "./affine.ts";
import { PLANES, planeGrid } from "./planes.ts";
import {
  borderOf,
  depthOf,
  flatOfMm,
  flatOfPixel,
  mmOfFlat,
  PLAIN_AFFINE,
  pictureSheet,
  pixelOfFlat,
  volumeSheet,
} from "./sheet.ts";

const SHAPE: Shape = [7, 9, 5];
const OBLIQUE: Affine = [
  [-0.9, 0.1, 0.2, 90],
  [0.05, 0.95, -0.6, -120],
  [0.1, 0.3, 4.8, -60],
  [0, 0, 0, 1],
];
const LPS: Affine = [
  [-2, 0, 0, 40],
  [0, -1.25, 0, 30],
  [0, 0, 3, -10],
  [0, 0, 0, 1],
];
const none = async () => new Float32Array();

function near(found: readonly number[], wanted: readonly number[]) {
  expect(found).toHaveLength(wanted.length);
  found.forEach((value, at) => {
    expect(value).toBeCloseTo(wanted[at] ?? Number.NaN, 9);
  });
}

describe.each([
  ["oblique", OBLIQUE],
  ["LPS", LPS],
])("a sheet of an %s volume", (_, affine) => {
  it.each(PLANES)("puts a %s pixel at the millimeters of its voxel and finds it again", (plane) => {
    const sheet = volumeSheet("s", planeGrid(affine, SHAPE, plane), affine, 2, none);
    for (const [row, column] of [
      [0, 0],
      [1, 3],
      [4, 2],
    ] as const) {
      const place = toMm(affine, sheet.voxelOf(row, column));
      near(mmOfFlat(sheet, flatOfPixel(sheet, row, column)), place);
      near(pixelOfFlat(sheet, flatOfMm(sheet, place)), [row, column]);
      expect(depthOf(sheet, place)).toBeCloseTo(0, 9);
    }
  });

  it("counts depth in slices", () => {
    const grid = planeGrid(affine, SHAPE, "axial");
    const [here, beyond] = [1, 3].map((slice) => volumeSheet("s", grid, affine, slice, none));
    expect(here && beyond && depthOf(here, beyond.origin)).toBeCloseTo(2, 9);
  });
});

it("draws in the frame of the series where the room shows it moved to another", () => {
  const moved: Affine = [
    [0, -1, 0, 12],
    [1, 0, 0, -7],
    [0, 0, 1, 3],
    [0, 0, 0, 1],
  ];
  const shown = planeGrid(compose(moved, LPS), SHAPE, "coronal");
  const sheet = volumeSheet("s", shown, LPS, 1, none);
  near(mmOfFlat(sheet, flatOfPixel(sheet, 2, 3)), toMm(LPS, sheet.voxelOf(2, 3)));
  expect(sheet.plane).toBe("sagittal"); // turned by a quarter: coronal there is sagittal here
});

it("keeps pictures without a place in pixels: column, row, 0", () => {
  const sheet = pictureSheet("s", { index: 4, rows: 6, columns: 8 }, none);
  near(mmOfFlat(sheet, flatOfPixel(sheet, 2, 5)), mm(5, 2, 0));
  near(toMm(PLAIN_AFFINE, voxel(2, 5, 0)), mm(5, 2, 0));
  expect(sheet.sliceIndex).toBe(4);
  expect(borderOf(sheet)).toEqual([
    [-0.5, -0.5],
    [7.5, -0.5],
    [7.5, 5.5],
    [-0.5, 5.5],
  ]);
});

it("puts a picture with a place where its affine says: row first, then column", () => {
  const affine: Affine = [
    [0, -0.5, 0, 60],
    [-0.7, 0, 0, 80],
    [0, 0, 1, 24],
    [0, 0, 0, 1],
  ];
  const sheet = pictureSheet("s", { index: 0, rows: 6, columns: 8, affine }, none);
  near(mmOfFlat(sheet, flatOfPixel(sheet, 2, 5)), mm(57.5, 78.6, 24));
});
