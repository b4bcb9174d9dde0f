import { describe, expect, it } from "vitest";
import type { Flat } from "../../frames/sheet.ts";
import {
  crossingOf,
  crossingOfNext,
  isInPiece,
  nearestCorner,
  nearestEdge,
  simplified,
  withCornerAdded,
  withCornerGone,
  withCornerMoved,
} from "./rings.ts";

const SQUARE: Flat[] = [
  [0, 0],
  [10, 0],
  [10, 10],
  [0, 10],
];
const HOLE: Flat[] = [
  [4, 4],
  [6, 4],
  [5, 6],
];

describe("rings", () => {
  it("finds where an outline crosses itself", () => {
    const bow: Flat[] = [
      [0, 0],
      [4, 4],
      [4, 0],
      [0, 4],
    ];
    expect(crossingOf([bow])).toEqual([2, 2]);
    expect(crossingOf([SQUARE, HOLE])).toBeNull();
  });

  it("does not take touching for crossing", () => {
    const touching: Flat[] = [
      [0, 0],
      [5, 0],
      [5, 10],
      [10, 10],
      [5, 0.0000001],
      [0, 10],
    ];
    expect(crossingOf([touching])).toBeNull();
  });

  it("finds where a hole leaves its outline", () => {
    expect(crossingOf([SQUARE, HOLE.map(([u, v]): Flat => [u + 5, v])])).not.toBeNull();
  });

  it("tells before a corner is set that the line would cross", () => {
    const line: Flat[] = [
      [0, 0],
      [4, 0],
      [4, 4],
    ];
    expect(crossingOfNext(line, [2, -2])?.[0]).toBeCloseTo(8 / 3, 9);
    expect(crossingOfNext(line, [0, 4])).toBeNull();
  });

  it("knows what lies in a hole", () => {
    const piece = { outer: SQUARE, holes: [HOLE] };
    expect(isInPiece(piece, [2, 2])).toBe(true);
    expect(isInPiece(piece, [5, 5])).toBe(false);
    expect(isInPiece(piece, [12, 5])).toBe(false);
  });

  it("moves, adds and takes away corners of outline and hole", () => {
    const rings = [SQUARE, HOLE];
    const corner = nearestCorner(rings, [9.8, 10.1], 1);
    expect(corner).toEqual({ ring: 0, at: 2 });
    expect(corner && withCornerMoved(rings, corner, [11, 11])[0]?.[2]).toEqual([11, 11]);
    const edge = nearestEdge(rings, [5, 3.9], 1);
    expect(edge).toEqual({ ring: 1, at: 0 });
    expect(edge && withCornerAdded(rings, edge, [5, 3])[1]).toEqual([
      [4, 4],
      [5, 3],
      [6, 4],
      [5, 6],
    ]);
    expect(withCornerGone(rings, { ring: 1, at: 0 })).toEqual([SQUARE]);
    expect(withCornerGone(rings, { ring: 0, at: 1 })?.[0]).toHaveLength(3);
    expect(withCornerGone([HOLE], { ring: 0, at: 0 })).toBeNull();
    expect(nearestCorner(rings, [20, 20], 1)).toBeNull();
  });

  it("keeps the corners that matter of a line drawn by hand", () => {
    const line: Flat[] = [
      [0, 0],
      [1, 0.01],
      [2, 0],
      [2, 3],
    ];
    expect(simplified(line, 0.05)).toEqual([
      [0, 0],
      [2, 0],
      [2, 3],
    ]);
  });
});
