/** Surfaces made of triangles, in RAS+ mm. */

import type { Mm } from "../frames/affine.ts";

export interface Mesh {
  /** What it shows, for example "brain" or "ET". */
  readonly name: string;
  /** x, y, z of every vertex. */
  readonly points: Float32Array<ArrayBuffer>;
  /** Three vertices of every triangle, counterclockwise seen from outside. */
  readonly triangles: Uint32Array<ArrayBuffer>;
}

export interface Box {
  readonly low: Mm;
  readonly high: Mm;
}

/** The box around all vertices; null around none. */
export function boxOf(meshes: readonly Mesh[]): Box | null {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const { points } of meshes) {
    for (let at = 0; at < points.length; at++) {
      const [axis, value] = [at % 3, points[at] ?? 0];
      low[axis] = Math.min(low[axis] ?? 0, value);
      high[axis] = Math.max(high[axis] ?? 0, value);
    }
  }
  return (low[0] ?? 0) <= (high[0] ?? 0) ? { low: low as never, high: high as never } : null;
}

export function middleOf({ low, high }: Box): Mm {
  return [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2];
}

/** Half the diagonal of a box. */
export function radiusOf({ low, high }: Box): number {
  return Math.hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]) / 2;
}

/** Unit normals of the vertices: the mean of the triangles around each, by area. */
export function normalsOf({ points, triangles }: Mesh): Float32Array<ArrayBuffer> {
  const normals = new Float32Array(points.length);
  const p = (vertex: number, axis: number) => points[vertex * 3 + axis] ?? 0;
  for (let at = 0; at < triangles.length; at += 3) {
    const [a = 0, b = 0, c = 0] = [triangles[at], triangles[at + 1], triangles[at + 2]];
    const [ux, uy, uz] = [p(b, 0) - p(a, 0), p(b, 1) - p(a, 1), p(b, 2) - p(a, 2)];
    const [vx, vy, vz] = [p(c, 0) - p(a, 0), p(c, 1) - p(a, 1), p(c, 2) - p(a, 2)];
    const normal = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    for (const vertex of [a, b, c]) {
      for (let axis = 0; axis < 3; axis++) {
        normals[vertex * 3 + axis] = (normals[vertex * 3 + axis] ?? 0) + (normal[axis] ?? 0);
      }
    }
  }
  for (let at = 0; at < normals.length; at += 3) {
    const [x = 0, y = 0, z = 0] = [normals[at], normals[at + 1], normals[at + 2]];
    const length = Math.hypot(x, y, z) || 1;
    normals.set([x / length, y / length, z / length], at);
  }
  return normals;
}

/**
 * A coarser mesh for motion: vertices in one cell of a lattice become one, and triangles that
 * lose a corner go (Rossignac and Borrel 1993).
 */
export function decimated(mesh: Mesh, cellMm: number): Mesh {
  const cells = new Map<number, number>();
  const [sums, counts]: [number[], number[]] = [[], []];
  const place = new Uint32Array(mesh.points.length / 3);
  for (let vertex = 0; vertex < place.length; vertex++) {
    const point = mesh.points.subarray(vertex * 3, vertex * 3 + 3);
    // 4096 cells along every axis, with 0 in their middle: more than any head has.
    const key = point.reduce((sum, value) => sum * 4096 + Math.floor(value / cellMm) + 2048, 0);
    const cell = cells.get(key) ?? cells.size;
    cells.set(key, cell);
    place[vertex] = cell;
    counts[cell] = (counts[cell] ?? 0) + 1;
    for (let axis = 0; axis < 3; axis++) {
      sums[cell * 3 + axis] = (sums[cell * 3 + axis] ?? 0) + (point[axis] ?? 0);
    }
  }
  const points = Float32Array.from(sums, (sum, at) => sum / (counts[Math.floor(at / 3)] ?? 1));
  const kept: number[] = [];
  for (let at = 0; at < mesh.triangles.length; at += 3) {
    const corner = (n: number) => place[mesh.triangles[at + n] ?? 0] ?? 0;
    const [a, b, c] = [corner(0), corner(1), corner(2)];
    if (a !== b && b !== c && c !== a) {
      kept.push(a, b, c);
    }
  }
  return { name: mesh.name, points, triangles: Uint32Array.from(kept) };
}

/** Choose the cell so that a mesh of this size keeps some `wanted` triangles, then coarsen it. */
export function simplified(mesh: Mesh, wanted: number): Mesh {
  if (mesh.triangles.length / 3 <= wanted) {
    return mesh;
  }
  // A closed surface of area A has about 2 A / cell^2 triangles once every cell holds one vertex.
  const cell = Math.sqrt((2 * areaOf(mesh)) / wanted);
  return decimated(mesh, cell);
}

/** In mm2. */
export function areaOf({ points, triangles }: Mesh): number {
  let doubled = 0;
  const p = (vertex: number, axis: number) => points[vertex * 3 + axis] ?? 0;
  for (let at = 0; at < triangles.length; at += 3) {
    const [a = 0, b = 0, c = 0] = [triangles[at], triangles[at + 1], triangles[at + 2]];
    const [ux, uy, uz] = [p(b, 0) - p(a, 0), p(b, 1) - p(a, 1), p(b, 2) - p(a, 2)];
    const [vx, vy, vz] = [p(c, 0) - p(a, 0), p(c, 1) - p(a, 1), p(c, 2) - p(a, 2)];
    doubled += Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
  }
  return doubled / 2;
}
