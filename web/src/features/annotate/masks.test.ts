import { expect, it } from "vitest";
import type { Affine, Shape, Voxel } from "../../frames/affine.ts";
import { planeGrid } from "../../frames/planes.ts";
import { flatOfPixel, volumeSheet } from "../../frames/sheet.ts";
import {
  isPainted,
  packed,
  painted,
  paintedVoxels,
  pixelsOn,
  pixelsUnder,
  unpacked,
  wiped,
} from "./masks.ts";

const SHAPE: Shape = [7, 9, 5];
const AFFINE: Affine = [
  [-2, 0, 0, 40],
  [0, 1.25, 0, -30],
  [0, 0, 3, -10],
  [0, 0, 0, 1],
];
const GRID = { affine: AFFINE, shape: SHAPE };
const sheet = volumeSheet("s", planeGrid(AFFINE, SHAPE, "axial"), AFFINE, 2, async () => []);
const CORNER: Voxel[] = [
  [1, 2, 2],
  [2, 2, 2],
  [2, 4, 3],
];

it("bits travel i fastest, the lowest bit first, in the box around them", () => {
  const box = painted(null, CORNER);
  const mask = box && packed(box, GRID);
  expect(mask?.shape).toEqual([2, 3, 2]);
  // Voxels 0, 1 and 11 of the box: 0b00000011, 0b00001000.
  expect(mask?.bits).toBe(btoa("\u0003\u0008"));
  expect(mask?.affine.map((row) => row[3])).toEqual([38, -27.5, -4, 1]);
  expect(mask && paintedVoxels(unpacked(mask, GRID))).toEqual(CORNER);
});

it("the box grows with what is painted and shrinks with what is wiped", () => {
  const box = painted(painted(null, CORNER), [[6, 8, 4]]);
  expect(box?.shape).toEqual([6, 7, 3]);
  expect(box && paintedVoxels(box)).toHaveLength(4);
  const less =
    box &&
    wiped(box, [
      [6, 8, 4],
      [0, 0, 0],
    ]);
  expect(less?.shape).toEqual([2, 3, 2]);
  expect(less && wiped(less, CORNER)).toBeNull();
});

it("what is painted on a slice shows at the pixels of its voxels", () => {
  const box = painted(null, CORNER);
  const pixels = box && pixelsOn(box, sheet);
  const shown = [...(pixels ?? [])].flatMap((value, at) =>
    value ? [sheet.voxelOf(Math.floor(at / sheet.columns), at % sheet.columns)] : [],
  );
  expect(shown.map(String).sort()).toEqual(["1,2,2", "2,2,2"]);
  expect(box && isPainted(box, [2, 4, 3])).toBe(true);
});

it("a brush covers the pixels whose centers it passes, in millimeters of both directions", () => {
  const at = flatOfPixel(sheet, 4, 3);
  const covered = pixelsUnder(sheet, [at], 2.1).map(String).sort();
  expect(covered).toEqual(["3,3", "4,2", "4,3", "4,4", "5,3"]);
  expect(pixelsUnder(sheet, [at], 0.01)).toEqual([[4, 3]]);
  expect(pixelsUnder(sheet, [[-50, -50]], 3)).toEqual([]);
});
