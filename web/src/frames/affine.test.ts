import { describe, expect, it } from "vitest";
import { type Affine, closestAxes, mm, spacingMm, toMm, toVoxel, voxel } from "./affine.ts";

const OBLIQUE: Affine = [
  [-0.9, 0.1, 0.2, 90],
  [0.05, 0.95, -0.6, -120],
  [0.1, 0.3, 4.8, -60],
  [0, 0, 0, 1],
];

describe("affine", () => {
  it("maps voxels to millimeters and back", () => {
    const there = toMm(OBLIQUE, voxel(12, 30, 7));
    toVoxel(OBLIQUE, there).forEach((value, axis) => {
      expect(value).toBeCloseTo([12, 30, 7][axis] ?? Number.NaN, 9);
    });
  });

  it("places a known voxel where its matrix says", () => {
    const twoMmLeftHanded: Affine = [
      [-2, 0, 0, 100],
      [0, 2, 0, -50],
      [0, 0, 3, 10],
      [0, 0, 0, 1],
    ];
    expect(toMm(twoMmLeftHanded, voxel(10, 5, 2))).toEqual(mm(80, -40, 16));
    expect(spacingMm(twoMmLeftHanded)).toEqual([2, 2, 3]);
  });

  it("names each patient axis once for an oblique grid", () => {
    expect(closestAxes(OBLIQUE)).toEqual([0, 1, 2]);
  });

  it("refuses a singular affine", () => {
    const flat: Affine = [
      [1, 0, 1, 0],
      [0, 1, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 1],
    ];
    expect(() => toVoxel(flat, mm(0, 0, 0))).toThrow(/singular/);
  });
});
