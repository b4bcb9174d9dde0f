/** Closed outlines in flat millimeters: area, inside, crossings, corners and edges. Pure. */

import type { Flat } from "../../frames/sheet.ts";

/** Corners in order; the last one is joined to the first. */
export type Ring = readonly Flat[];

export interface Piece {
  readonly outer: Ring;
  readonly holes: readonly Ring[];
}

const TOUCH = 1e-6;
/** What encloses less is a line, for the server too. */
export const LEAST_AREA = 1e-3;

export function signedArea(ring: Ring): number {
  return (
    ring.reduce((sum, [x, y], at) => {
      const [toX, toY] = next(ring, at);
      return sum + x * toY - y * toX;
    }, 0) / 2
  );
}

export function next(ring: Ring, at: number): Flat {
  return ring[(at + 1) % ring.length] ?? [0, 0];
}

/** By the even-odd rule. */
export function isInside(ring: Ring, [x, y]: Flat): boolean {
  return ring.reduce((within, [fromX, fromY], at) => {
    const [toX, toY] = next(ring, at);
    const spans = fromY <= y !== toY <= y;
    return spans && fromX + ((y - fromY) * (toX - fromX)) / (toY - fromY) > x ? !within : within;
  }, false);
}

export function isInPiece({ outer, holes }: Piece, point: Flat): boolean {
  return isInside(outer, point) && !holes.some((hole) => isInside(hole, point));
}

type Edge = readonly [from: Flat, to: Flat];

function edgesOf(rings: readonly Ring[]): Edge[] {
  return rings.flatMap((ring) => ring.map((from, at): Edge => [from, next(ring, at)]));
}

/** How far a point lies to the left of a line. */
function leftOf([[x, y], [toX, toY]]: Edge, [px, py]: Flat): number {
  const length = Math.hypot(toX - x, toY - y) || 1;
  return ((toX - x) * (py - y) - (toY - y) * (px - x)) / length;
}

function crossingOfEdges(one: Edge, other: Edge): Flat | null {
  for (const axis of [0, 1] as const) {
    const low = Math.max(
      Math.min(one[0][axis], one[1][axis]),
      Math.min(other[0][axis], other[1][axis]),
    );
    const high = Math.min(
      Math.max(one[0][axis], one[1][axis]),
      Math.max(other[0][axis], other[1][axis]),
    );
    if (low > high) {
      return null;
    }
  }
  const [a, b] = [leftOf(one, other[0]), leftOf(one, other[1])];
  const [c, d] = [leftOf(other, one[0]), leftOf(other, one[1])];
  const isClear = Math.min(Math.abs(a), Math.abs(b), Math.abs(c), Math.abs(d)) > TOUCH;
  if (!isClear || a * b >= 0 || c * d >= 0) {
    return null;
  }
  const share = c / (c - d);
  const [[x, y], [toX, toY]] = one;
  return [x + (toX - x) * share, y + (toY - y) * share];
}

/** Where rings cross themselves or each other; touching is no crossing. */
export function crossingOf(rings: readonly Ring[]): Flat | null {
  const edges = edgesOf(rings);
  for (const [at, one] of edges.entries()) {
    for (const other of edges.slice(at + 1)) {
      const place = crossingOfEdges(one, other);
      if (place) {
        return place;
      }
    }
  }
  return null;
}

/** Where the next piece of an unfinished line, ending at `to`, would cross it. */
export function crossingOfNext(line: readonly Flat[], to: Flat): Flat | null {
  const last = line.at(-1);
  if (!last) {
    return null;
  }
  for (let at = 0; at + 2 < line.length; at++) {
    const place = crossingOfEdges([line[at] ?? to, line[at + 1] ?? to], [last, to]);
    if (place) {
      return place;
    }
  }
  return null;
}

export function distance([x, y]: Flat, [toX, toY]: Flat): number {
  return Math.hypot(toX - x, toY - y);
}

/** The place on a line that is nearest to a point. */
export function nearestOn([from, to]: Edge, point: Flat): Flat {
  const [x, y] = [to[0] - from[0], to[1] - from[1]];
  const length = x * x + y * y;
  const share = length === 0 ? 0 : ((point[0] - from[0]) * x + (point[1] - from[1]) * y) / length;
  const inside = Math.min(Math.max(share, 0), 1);
  return [from[0] + x * inside, from[1] + y * inside];
}

/** A corner, or the edge behind it, of the outline (ring 0) or of a hole. */
export interface Place {
  readonly ring: number;
  readonly at: number;
}

export function nearestCorner(rings: readonly Ring[], point: Flat, within: number): Place | null {
  let best: Place | null = null;
  let least = within;
  rings.forEach((corners, ring) => {
    corners.forEach((corner, at) => {
      const away = distance(corner, point);
      if (away <= least) {
        [best, least] = [{ ring, at }, away];
      }
    });
  });
  return best;
}

export function nearestEdge(rings: readonly Ring[], point: Flat, within: number): Place | null {
  let best: Place | null = null;
  let least = within;
  rings.forEach((corners, ring) => {
    corners.forEach((corner, at) => {
      const away = distance(nearestOn([corner, next(corners, at)], point), point);
      if (away <= least) {
        [best, least] = [{ ring, at }, away];
      }
    });
  });
  return best;
}

function changed(rings: readonly Ring[], ring: number, to: (corners: Ring) => Ring): Ring[] {
  return rings.map((corners, number) => (number === ring ? to(corners) : corners));
}

export function withCornerMoved(rings: readonly Ring[], { ring, at }: Place, to: Flat): Ring[] {
  return changed(rings, ring, (corners) => corners.map((corner, n) => (n === at ? to : corner)));
}

/** Put a new corner on the edge behind corner `at`. */
export function withCornerAdded(rings: readonly Ring[], { ring, at }: Place, to: Flat): Ring[] {
  return changed(rings, ring, (corners) => [
    ...corners.slice(0, at + 1),
    to,
    ...corners.slice(at + 1),
  ]);
}

/** Take a corner away; a hole of three corners goes with it. Null where nothing would be left. */
export function withCornerGone(rings: readonly Ring[], { ring, at }: Place): Ring[] | null {
  if ((rings[ring]?.length ?? 0) > 3) {
    return changed(rings, ring, (corners) => corners.filter((_, number) => number !== at));
  }
  return ring === 0 ? null : rings.filter((_, number) => number !== ring);
}

/** Leave out corners of a line that lie within a tolerance of it (Douglas and Peucker 1973). */
export function simplified(line: readonly Flat[], tolerance: number): Flat[] {
  const [first, last] = [line[0], line.at(-1)];
  if (!first || !last || line.length < 3) {
    return [...line];
  }
  let [farthest, most] = [0, tolerance];
  for (let at = 1; at + 1 < line.length; at++) {
    const point = line[at] ?? first;
    const away = distance(nearestOn([first, last], point), point);
    if (away > most) {
      [farthest, most] = [at, away];
    }
  }
  if (farthest === 0) {
    return [first, last];
  }
  const before = simplified(line.slice(0, farthest + 1), tolerance);
  return [...before.slice(0, -1), ...simplified(line.slice(farthest), tolerance)];
}
