import { expect, it } from "vitest";
import { planeGrid } from "../../frames/planes.ts";
import { fullestSlice, paintConsensus, paintDisagreement } from "./maps.ts";

const AFFINE = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 2, 0],
  [0, 0, 0, 1],
];

it("where all agree nothing is painted", () => {
  expect([...paintDisagreement([0, 255])]).toEqual([0, 0, 0, 0, 255, 176, 46, 153]);
});

it("the consensus begins where inside is more probable than outside", () => {
  const rgba = paintConsensus([127, 128, 255]);
  expect([rgba[3], rgba[7], rgba[11]]).toEqual([0, 60, 174]);
});

it("the slice with most disagreement is shown first, counted as the screen counts", () => {
  const grid = planeGrid(AFFINE, [2, 2, 3], "axial");
  const values = new Uint8Array(12);
  values[2 * 2 * 2] = 9; // the uppermost layer of voxels
  const found = fullestSlice(values, grid);
  expect(grid.slices.sign > 0 ? found : grid.slices.count - 1 - found).toBe(2);
  expect(fullestSlice(new Uint8Array(12), grid)).toBe(1);
});
