/** The face that a plane cuts into a closed surface. */

import { mmAt, type PlaneGrid, placeOf } from "../frames/planes.ts";
import type { Mesh } from "./mesh.ts";
import type { Cut } from "./picking.ts";
import { mixed, type Vector } from "./vector.ts";

/** A flat surface, and where each of its vertices lies in a picture: from the left and the bottom, 0..1. */
export interface Cap {
  readonly mesh: Mesh;
  readonly places: Float32Array<ArrayBuffer>;
}

type Segment = readonly [from: Vector, to: Vector];

/** Where a plane passes through the triangles of a surface. */
export function crossSection({ points, triangles }: Mesh, { origin, normal }: Cut): Segment[] {
  const heights = new Float32Array(points.length / 3);
  for (let vertex = 0; vertex < heights.length; vertex++) {
    for (let axis = 0; axis < 3; axis++) {
      const away = (points[vertex * 3 + axis] ?? 0) - (origin[axis] ?? 0);
      heights[vertex] = (heights[vertex] ?? 0) + away * (normal[axis] ?? 0);
    }
  }
  const crossing = (from: number, to: number): Vector => {
    const [a, b] = [heights[from] ?? 0, heights[to] ?? 0];
    return mixed(pointOf(points, from), pointOf(points, to), a / (a - b));
  };
  const segments: Segment[] = [];
  for (let at = 0; at < triangles.length; at += 3) {
    const corners = [triangles[at] ?? 0, triangles[at + 1] ?? 0, triangles[at + 2] ?? 0] as const;
    const kept = corners.filter((corner) => (heights[corner] ?? 0) >= 0);
    if (kept.length === 1 || kept.length === 2) {
      const alone = corners.find((corner) => kept.includes(corner) === (kept.length === 1)) ?? 0;
      const [first = 0, second = 0] = corners.filter((corner) => corner !== alone);
      segments.push([crossing(alone, first), crossing(alone, second)]);
    }
  }
  return segments;
}

function pointOf(points: Float32Array, vertex: number): Vector {
  const at = vertex * 3;
  return [points[at] ?? 0, points[at + 1] ?? 0, points[at + 2] ?? 0];
}

/** Strips of this many rows of the picture follow the border closely enough for the eye. */
const STRIP_ROWS = 0.5;
/** Strips lie a little over each other: edges that only touch let the background shine through. */
const OVER_ROWS = 0.05;

/**
 * Fill the cross-section with strips along the rows of a picture that lies in the plane of the cut.
 * Every strip reaches from where the border goes in to where it comes out again.
 */
export function capOf(mesh: Mesh, cut: Cut, grid: PlaneGrid, slice: number): Cap {
  const crossings = crossingsOf(crossSection(mesh, cut), grid);
  const [points, places, triangles]: [number[], number[], number[]] = [[], [], []];
  const { count: rows } = grid.rows;
  const { count: columns } = grid.columns;
  const add = (row: number, column: number) => {
    points.push(...mmAt(grid, slice, row, column));
    places.push((column + 0.5) / columns, 1 - (row + 0.5) / rows);
  };
  for (const [strip, unsorted] of crossings) {
    const inOut = [...unsorted].sort((a, b) => a - b);
    for (let at = 0; at + 1 < inOut.length; at += 2) {
      const [from, to] = [inOut[at] ?? 0, inOut[at + 1] ?? 0];
      const first = points.length / 3;
      for (const row of [strip * STRIP_ROWS - OVER_ROWS, (strip + 1) * STRIP_ROWS + OVER_ROWS]) {
        add(row, from);
        add(row, to);
      }
      triangles.push(first, first + 1, first + 3, first, first + 3, first + 2);
    }
  }
  return {
    mesh: {
      name: mesh.name,
      points: Float32Array.from(points),
      triangles: Uint32Array.from(triangles),
    },
    places: Float32Array.from(places),
  };
}

/** For every strip, the columns at which its middle crosses the border. */
function crossingsOf(segments: readonly Segment[], grid: PlaneGrid): Map<number, number[]> {
  const crossings = new Map<number, number[]>();
  for (const [from, to] of segments) {
    const [a, b] = [placeOf(grid, from), placeOf(grid, to)];
    const [low, high] = a.row < b.row ? [a, b] : [b, a];
    const middle = (strip: number) => (strip + 0.5) * STRIP_ROWS;
    // Half open, so that a corner between two segments counts once.
    for (let strip = Math.ceil(low.row / STRIP_ROWS - 0.5); middle(strip) < high.row; strip++) {
      const share = (middle(strip) - low.row) / (high.row - low.row);
      const columns = crossings.get(strip) ?? [];
      columns.push(low.column + (high.column - low.column) * share);
      crossings.set(strip, columns);
    }
  }
  return crossings;
}
