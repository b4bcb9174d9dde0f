import { expect, it } from "vitest";
import { broken, outlineSegments } from "./outline.ts";

function disk(size: number, radius: number): Float32Array {
  const middle = (size - 1) / 2;
  return Float32Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    return radius - Math.hypot(row - middle, column - middle);
  });
}

it("the outline of a disk of radius 20 is 126 long and 20 from its center", () => {
  const segments = outlineSegments(disk(64, 20), 64, 0);
  const length = segments.reduce((sum, [a, b, c, d]) => sum + Math.hypot(c - a, d - b), 0);
  expect(length).toBeCloseTo(2 * Math.PI * 20, 0);
  for (const [row, column] of segments) {
    expect(Math.hypot(row - 31.5, column - 31.5)).toBeCloseTo(20, 1);
  }
});

it("there is no outline where nothing reaches the threshold", () => {
  expect(outlineSegments(new Float32Array(16), 4, 0.5)).toEqual([]);
});

it("two corners that touch are kept apart", () => {
  const saddle = new Float32Array([1, 0, 0, 1]);
  expect(outlineSegments(saddle, 2, 0.5)).toHaveLength(2);
});

it("a broken outline has gaps on every side and keeps more than half", () => {
  const whole = outlineSegments(disk(64, 20), 64, 0);
  const kept = broken(whole);
  for (const isHere of [
    ([row, column]: number[]) => Math.abs((row ?? 0) - 31.5) < 8 && (column ?? 0) > 31.5,
    ([row, column]: number[]) => Math.abs((column ?? 0) - 31.5) < 8 && (row ?? 0) > 31.5,
    ([row = 0, column = 0]: number[]) => row > 40 && column > 40,
    ([row = 0, column = 0]: number[]) => row > 40 && column < 23,
  ]) {
    const share =
      kept.filter((s) => isHere([...s])).length / whole.filter((s) => isHere([...s])).length;
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.75);
  }
});
