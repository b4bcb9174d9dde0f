import { describe, expect, it } from "vitest";
import { type Affine, mm, type Shape, toMm, voxel } from "./affine.ts";
import { centerMm, cut, mmAt, PLANES, placeOf, planeGrid, sliceOf, voxelAt } from "./planes.ts";

const SHAPE: Shape = [4, 5, 6];

/** A grid whose axes point to the given sides, for example "LPS", 1 mm apart. */
function oriented(codes: string): Affine {
  const world: Record<string, [number, number]> = {
    R: [0, 1],
    L: [0, -1],
    A: [1, 1],
    P: [1, -1],
    S: [2, 1],
    I: [2, -1],
  };
  const rows = [0, 1, 2].map((row) => [
    ...[...codes].map((code) => (world[code]?.[0] === row ? (world[code]?.[1] ?? 0) : 0)),
    0,
  ]);
  return [...rows, [0, 0, 0, 1]];
}

const ORIENTATIONS = ["RAS", "LPS", "LAS", "SPR", "AIL", "ILP"];

describe("planes", () => {
  it.each(ORIENTATIONS)(
    "a %s volume has the patient's left on the right of the screen",
    (codes) => {
      for (const plane of ["axial", "coronal"] as const) {
        const grid = planeGrid(oriented(codes), SHAPE, plane);
        const toTheRight = mmAt(grid, 0, 0, 1)[0] - mmAt(grid, 0, 0, 0)[0];
        expect(toTheRight).toBe(-1);
        expect([grid.letters.left, grid.letters.right]).toEqual(["R", "L"]);
      }
    },
  );

  it.each(ORIENTATIONS)("a %s volume stands upright", (codes) => {
    const down = (plane: (typeof PLANES)[number], world: number) => {
      const grid = planeGrid(oriented(codes), SHAPE, plane);
      return (mmAt(grid, 0, 1, 0)[world] ?? 0) - (mmAt(grid, 0, 0, 0)[world] ?? 0);
    };
    expect(down("axial", 1)).toBe(-1); // anterior at the top
    expect(down("coronal", 2)).toBe(-1); // superior at the top
    expect(down("sagittal", 2)).toBe(-1);
  });

  it.each(ORIENTATIONS)("cutting a %s volume shows the voxel that lies there", (codes) => {
    const voxels = Float32Array.from({ length: 4 * 5 * 6 }, (_, index) => index);
    for (const plane of PLANES) {
      const grid = planeGrid(oriented(codes), SHAPE, plane);
      const pixels = cut(voxels, grid, 2);
      const [i, j, k] = voxelAt(grid, 2, 1, 3);
      expect(pixels[1 * grid.columns.count + 3]).toBe(i + 4 * (j + 5 * k));
    }
  });

  it("finds a point again in every plane", () => {
    const affine = oriented("SPR");
    const point = toMm(affine, voxel(1, 2, 3));
    for (const plane of PLANES) {
      const grid = planeGrid(affine, SHAPE, plane);
      const place = placeOf(grid, point);
      mmAt(grid, place.slice, place.row, place.column).forEach((value, axis) => {
        expect(value).toBeCloseTo(point[axis] ?? Number.NaN, 9);
      });
    }
  });

  it("stays inside the stack for a point outside of it", () => {
    const grid = planeGrid(oriented("RAS"), SHAPE, "axial");
    expect(sliceOf(grid, mm(0, 0, 1000))).toBe(5);
    expect(sliceOf(grid, mm(0, 0, -1000))).toBe(0);
  });

  it("starts on the voxel in the middle", () => {
    expect(centerMm(oriented("RAS"), SHAPE)).toEqual(mm(2, 2, 3));
  });

  it("scales what it cuts", () => {
    const grid = planeGrid(oriented("RAS"), [1, 1, 1], "axial");
    expect(cut(new Int16Array([300]), grid, 0, 0.01)[0]).toBeCloseTo(3, 6);
  });
});
