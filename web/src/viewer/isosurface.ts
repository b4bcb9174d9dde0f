/** Where a map in space crosses a level: naive surface nets (Gibson 1998). */

import { type Affine, eachVoxel, type Shape, step, toMm } from "../frames/affine.ts";
import type { GridMap } from "../frames/reslice.ts";
import type { Mesh } from "./mesh.ts";
import { cross3, dot3, type Vector } from "./vector.ts";

/** The corners of a cell, i fastest, and the twelve edges between them. */
const EDGES: readonly (readonly [number, number])[] = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((from) =>
  [1, 2, 4].filter((bit) => (from & bit) === 0).map((bit) => [from, from | bit] as const),
);

/** Which quads a crossed edge along an axis gives: the two other axes, in right-handed order. */
const ACROSS: readonly (readonly [number, number])[] = [
  [1, 2],
  [2, 0],
  [0, 1],
];

/** Trace all that reaches `level`, closed at the border of the map. */
export function isosurface(name: string, map: GridMap, level: number): Mesh {
  const padded = cropped(map, level);
  if (!padded) {
    return { name, points: new Float32Array(), triangles: new Uint32Array() };
  }
  const { vertexOf, points } = cellVertices(padded, level);
  const triangles = quads(padded, vertexOf, level);
  return { name, points, triangles: Uint32Array.from(triangles) };
}

interface Padded {
  readonly values: Float32Array;
  readonly shape: Shape;
  readonly affine: Affine;
}

/** The first and the last voxel along every axis that reach the level. */
function reachOf(map: GridMap, level: number): { low: Vector; high: Vector } | null {
  let low: Vector = [Infinity, Infinity, Infinity];
  let high: Vector = [-1, -1, -1];
  eachVoxel(map.shape, (at, i, j, k) => {
    if ((map.values[at] ?? 0) >= level) {
      low = [Math.min(low[0], i), Math.min(low[1], j), Math.min(low[2], k)];
      high = [Math.max(high[0], i), Math.max(high[1], j), Math.max(high[2], k)];
    }
  });
  return high[0] < 0 ? null : { low, high };
}

/** The part of a map that reaches the level, with one voxel of nothing around it. */
function cropped(map: GridMap, level: number): Padded | null {
  const reach = reachOf(map, level);
  if (!reach) {
    return null;
  }
  const { low, high } = reach;
  const [ni, nj, nk] = map.shape;
  const [fi, fj, fk] = [low[0] - 1, low[1] - 1, low[2] - 1];
  const shape: Shape = [high[0] - low[0] + 3, high[1] - low[1] + 3, high[2] - low[2] + 3];
  const values = new Float32Array(shape[0] * shape[1] * shape[2]);
  eachVoxel(shape, (at, i, j, k) => {
    const [x, y, z] = [i + fi, j + fj, k + fk];
    const isInside = x >= 0 && y >= 0 && z >= 0 && x < ni && y < nj && z < nk;
    values[at] = isInside ? (map.values[x + ni * (y + nj * z)] ?? 0) : 0;
  });
  return { values, shape, affine: movedTo(map.affine, [fi, fj, fk]) };
}

/** The same axes from another voxel on, each step `times` as long. */
function movedTo(affine: Affine, first: Vector, times = 1): Affine {
  const origin = toMm(affine, first);
  return affine.map((row, at) =>
    at < 3 ? [...row.slice(0, 3).map((value) => value * times), origin[at] ?? 0] : [...row],
  );
}

function offsets(shape: Shape): number[] {
  const [ni, nj] = shape;
  return Array.from(
    { length: 8 },
    (_, corner) => (corner & 1) + ((corner >> 1) & 1) * ni + ((corner >> 2) & 1) * ni * nj,
  );
}

/** One vertex in every cell that the surface passes, at the mean of its crossed edges. */
function cellVertices({ values, shape, affine }: Padded, level: number) {
  const [ni, nj, nk] = shape;
  const to = offsets(shape);
  const vertexOf = new Map<number, number>();
  const points: number[] = [];
  eachVoxel(shape, (at, i, j, k) => {
    if (i + 1 === ni || j + 1 === nj || k + 1 === nk) {
      return; // no cell begins here
    }
    const place = meanCrossing((corner) => values[at + (to[corner] ?? 0)] ?? 0, level);
    if (place) {
      vertexOf.set(at, points.length / 3);
      points.push(...toMm(affine, [i + place[0], j + place[1], k + place[2]]));
    }
  });
  return { vertexOf, points: Float32Array.from(points) };
}

function meanCrossing(
  value: (corner: number) => number,
  level: number,
): [number, number, number] | null {
  let mask = 0;
  for (let corner = 0; corner < 8; corner++) {
    mask |= value(corner) >= level ? 1 << corner : 0;
  }
  if (mask === 0 || mask === 255) {
    return null; // almost all cells
  }
  const sum: [number, number, number] = [0, 0, 0];
  let crossings = 0;
  for (const [from, to] of EDGES) {
    if (((mask >> from) & 1) !== ((mask >> to) & 1)) {
      const [a, b] = [value(from), value(to)];
      const share = (level - a) / (b - a);
      for (let axis = 0; axis < 3; axis++) {
        const start = (from >> axis) & 1;
        sum[axis as 0 | 1 | 2] += start + (((to >> axis) & 1) - start) * share;
      }
      crossings += 1;
    }
  }
  return [sum[0] / crossings, sum[1] / crossings, sum[2] / crossings];
}

/** Two triangles for every crossed edge of the grid, facing away from what reaches the level. */
function quads({ values, shape, affine }: Padded, vertexOf: Map<number, number>, level: number) {
  const [ni, nj] = shape;
  const strides = [1, ni, ni * nj];
  const isMirrored = dot3(step(affine, 0), cross3(step(affine, 1), step(affine, 2))) < 0;
  const triangles: number[] = [];
  const reaches = (at: number) => (values[at] ?? 0) >= level;
  const ring = (at: number, axis: number) => {
    const [u = 0, v = 0] = (ACROSS[axis] ?? []).map((other) => strides[other] ?? 0);
    return [at, at - u, at - u - v, at - v].map((cell) => vertexOf.get(cell));
  };
  for (let at = 0; at < values.length; at++) {
    for (const [axis, stride] of strides.entries()) {
      if (reaches(at) === reaches(at + stride)) {
        continue; // almost all edges
      }
      const [a, b, c, d] = ring(at, axis);
      if (a === undefined || b === undefined || c === undefined || d === undefined) {
        continue; // beyond the border, where nothing reaches the level
      }
      const isOutward = reaches(at) !== isMirrored;
      triangles.push(...(isOutward ? [a, b, c, a, c, d] : [a, c, b, a, d, c]));
    }
  }
  return triangles;
}

/** Halve a map along every axis by means of 2 x 2 x 2 voxels, as often as it takes to fit. */
export function reduced(map: GridMap, mostVoxels: number): GridMap {
  const [ni, nj, nk] = map.shape;
  if (ni * nj * nk <= mostVoxels || Math.min(ni, nj, nk) < 2) {
    return map;
  }
  const shape: Shape = [ni >> 1, nj >> 1, nk >> 1];
  const to = offsets(map.shape);
  const values = new Float32Array(shape[0] * shape[1] * shape[2]);
  eachVoxel(shape, (at, i, j, k) => {
    const from = 2 * i + ni * (2 * j + nj * 2 * k);
    values[at] = to.reduce((sum, offset) => sum + (map.values[from + offset] ?? 0), 0) / 8;
  });
  const affine = movedTo(map.affine, [0.5, 0.5, 0.5], 2);
  return reduced({ values, shape, affine }, mostVoxels);
}
