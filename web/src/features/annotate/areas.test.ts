import { describe, expect, it } from "vitest";
import type { Flat } from "../../frames/sheet.ts";
import {
  areaOf,
  difference,
  disc,
  doTouch,
  filledArea,
  intersection,
  strokeArea,
  union,
} from "./areas.ts";
import { type Piece, signedArea } from "./rings.ts";

function box(left: number, top: number, right: number, bottom: number): Piece {
  return {
    outer: [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ],
    holes: [],
  };
}

describe("areas", () => {
  it("an eraser through the middle cuts a polygon in two, the larger piece first", () => {
    const left = difference([box(0, 0, 10, 4)], [box(6, -1, 7, 5)]);
    expect(left.map(areaOf).map((area) => Math.round(area * 1e6) / 1e6)).toEqual([24, 12]);
  });

  it("an eraser inside leaves a hole", () => {
    const [ring, ...others] = difference([box(0, 0, 10, 10)], [box(4, 4, 6, 6)]);
    expect(others).toEqual([]);
    expect(ring?.holes).toHaveLength(1);
    expect(ring && areaOf(ring)).toBeCloseTo(96, 6);
  });

  it("an eraser over all leaves nothing", () => {
    expect(difference([box(0, 0, 3, 3)], [box(-1, -1, 4, 4)])).toEqual([]);
  });

  it("areas that overlap become one, areas apart stay two", () => {
    expect(union([box(0, 0, 4, 4), box(3, 0, 7, 4)]).map(areaOf)).toEqual([28]);
    expect(union([box(0, 0, 1, 1), box(5, 5, 7, 7)])).toHaveLength(2);
    expect(doTouch([box(0, 0, 4, 4)], [box(3, 0, 7, 4)])).toBe(true);
    expect(doTouch([box(0, 0, 1, 1)], [box(5, 5, 7, 7)])).toBe(false);
  });

  it("what is drawn off the picture is clipped at its border", () => {
    const [inside] = intersection([box(-5, 2, 5, 6)], [box(-0.5, -0.5, 9.5, 9.5)]);
    expect(inside && areaOf(inside)).toBeCloseTo(5.5 * 4, 6);
  });

  it("a disc has the area of its circle", () => {
    expect(Math.abs(signedArea(disc([3, -2], 5)))).toBeCloseTo(Math.PI * 25, 9);
  });

  it("a straight stroke covers a capsule", () => {
    const path: Flat[] = Array.from({ length: 21 }, (_, at) => [at, 2]);
    const [piece, ...others] = strokeArea(path, 3);
    expect(others).toEqual([]);
    const exact = Math.PI * 9 + 6 * 20;
    expect(Math.abs((piece ? areaOf(piece) : 0) / exact - 1)).toBeLessThan(0.003);
  });

  it("a stroke in a circle leaves the middle free", () => {
    const path: Flat[] = Array.from({ length: 73 }, (_, at) => [
      20 * Math.cos((at * Math.PI) / 36),
      20 * Math.sin((at * Math.PI) / 36),
    ]);
    const [piece] = strokeArea(path, 2);
    expect(piece?.holes).toHaveLength(1);
    const exact = Math.PI * (22 ** 2 - 18 ** 2);
    expect(Math.abs((piece ? areaOf(piece) : 0) / exact - 1)).toBeLessThan(0.01);
  });

  it("a line by hand that crosses itself becomes areas that do not", () => {
    const bow: Flat[] = [
      [0, 0],
      [4, 4],
      [4, 0],
      [0, 4],
    ];
    expect(filledArea(bow).map(areaOf)).toEqual([4, 4]);
  });
});
