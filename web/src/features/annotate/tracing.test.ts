import { expect, it } from "vitest";
import { tracedRings } from "./tracing.ts";

it("a field that falls evenly is outlined where it is zero, between the places", () => {
  const size = 41;
  const field = Float32Array.from(
    { length: size * size },
    (_, at) => 15.3 - Math.hypot(Math.floor(at / size) - 20, (at % size) - 20),
  );
  const rings = tracedRings(field, size);
  expect(rings).toHaveLength(1);
  for (const [row, column] of rings[0] ?? []) {
    expect(Math.abs(Math.hypot(row - 20, column - 20) - 15.3)).toBeLessThan(0.01);
  }
});

it("a ring has an outline and a hole that runs the other way", () => {
  const field = new Float32Array(49).fill(-1);
  for (const at of [16, 17, 18, 23, 25, 30, 31, 32]) {
    field[at] = 1;
  }
  const area = (ring: readonly (readonly [number, number])[]) =>
    ring.reduce((sum, [row, column], at) => {
      const [toRow, toColumn] = ring[(at + 1) % ring.length] ?? [0, 0];
      return sum + (column * toRow - row * toColumn) / 2;
    }, 0);
  const areas = tracedRings(field, 7).map(area);
  expect(areas).toHaveLength(2);
  expect(Math.max(...areas)).toBeGreaterThan(0);
  expect(Math.min(...areas)).toBeLessThan(0);
});
