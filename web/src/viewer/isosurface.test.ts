import { expect, it } from "vitest";
import { type Affine, eachVoxel, type Shape, toMm } from "../frames/affine.ts";
import type { GridMap } from "../frames/reslice.ts";
import { isosurface, reduced } from "./isosurface.ts";
import { areaOf, boxOf, type Mesh, normalsOf, simplified } from "./mesh.ts";

const SHAPE: Shape = [44, 44, 30];

function affine(sign: 1 | -1): Affine {
  return [
    [sign, 0, 0, sign * -20],
    [0, 1, 0, -22],
    [0, 0, 1.5, -20],
    [0, 0, 0, 1],
  ];
}

/** Distance below the surface of a ball of 15 mm around the origin. */
function ball(sign: 1 | -1 = 1): GridMap {
  const values = new Float32Array(SHAPE[0] * SHAPE[1] * SHAPE[2]);
  eachVoxel(SHAPE, (at, i, j, k) => {
    values[at] = 115 - Math.hypot(...toMm(affine(sign), [i, j, k]));
  });
  return { values, shape: SHAPE, affine: affine(sign) };
}

/** Six times the volume that the triangles enclose: positive when they face outward. */
function enclosedMm3({ points, triangles }: Mesh): number {
  let sum = 0;
  const p = (at: number, axis: number) => points[(triangles[at] ?? 0) * 3 + axis] ?? 0;
  for (let at = 0; at < triangles.length; at += 3) {
    const [b, c] = [at + 1, at + 2];
    sum +=
      p(at, 0) * (p(b, 1) * p(c, 2) - p(b, 2) * p(c, 1)) +
      p(at, 1) * (p(b, 2) * p(c, 0) - p(b, 0) * p(c, 2)) +
      p(at, 2) * (p(b, 0) * p(c, 1) - p(b, 1) * p(c, 0));
  }
  return sum / 6;
}

it.each([1, -1] as const)("a ball is a closed ball that faces outward, handedness %i", (sign) => {
  const mesh = isosurface("ball", ball(sign), 100);
  expect(enclosedMm3(mesh) / ((4 / 3) * Math.PI * 15 ** 3)).toBeCloseTo(1, 1);
  expect(areaOf(mesh) / (4 * Math.PI * 15 ** 2)).toBeCloseTo(1, 1);
  for (let at = 0; at < mesh.points.length; at += 3) {
    expect(Math.hypot(...mesh.points.subarray(at, at + 3))).toBeCloseTo(15, -0.5);
  }
  const [x = 0, y = 0, z = 0] = mesh.points;
  const [nx = 0, ny = 0, nz = 0] = normalsOf(mesh);
  expect((x * nx + y * ny + z * nz) / 15).toBeGreaterThan(0.9);
});

it("what nothing reaches has no surface, and what touches the border is closed", () => {
  expect(isosurface("none", ball(), 1000).triangles).toHaveLength(0);
  const full = {
    values: new Float32Array(8).fill(1),
    shape: [2, 2, 2] as Shape,
    affine: affine(1),
  };
  expect(enclosedMm3(isosurface("full", full, 0.5))).toBeGreaterThan(4);
});

it("a coarser map keeps the place of a surface", () => {
  const map = reduced(ball(), 10_000);
  expect(map.shape).toEqual([22, 22, 15]);
  const box = boxOf([isosurface("ball", map, 100)]);
  for (const [low, high] of [0, 1, 2].map((axis) => [box?.low[axis] ?? 0, box?.high[axis] ?? 0])) {
    expect(low).toBeGreaterThan(-16);
    expect(low).toBeLessThan(-14);
    expect(high).toBeGreaterThan(14);
    expect(high).toBeLessThan(16);
  }
});

it("a mesh in motion has about as many triangles as wanted, and the same place", () => {
  const mesh = isosurface("ball", ball(), 100);
  const light = simplified(mesh, 1000);
  expect(light.triangles.length / 3).toBeGreaterThan(500);
  expect(light.triangles.length / 3).toBeLessThan(1600);
  expect(areaOf(light) / areaOf(mesh)).toBeCloseTo(1, 1);
  expect(simplified(light, 1e6)).toBe(light);
});
