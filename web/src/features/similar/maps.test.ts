import { expect, test } from "vitest";
import { overlayOf, pixelsOf, scaleOf } from "./maps.ts";

const base64 = (values: ArrayLike<number>, kind: Float32ArrayConstructor | Uint8ArrayConstructor) =>
  btoa(String.fromCharCode(...new Uint8Array(kind.from(values).buffer)));

test("a map of places is laid over the pixels it belongs to", () => {
  const map = base64([0, 0, 0, 2], Float32Array); // only the last of 2 x 2 places
  const rgba = overlayOf(map, { cells: 2, size: 4, scale: 2, opacity: 1 });
  const alpha = (row: number, column: number) => rgba[(row * 4 + column) * 4 + 3] ?? 0;
  expect(alpha(0, 0)).toBe(0);
  expect(alpha(3, 3)).toBeGreaterThan(alpha(3, 0));
  expect(alpha(3, 3)).toBeGreaterThan(200);
});

test("both maps share the scale of the larger, and pictures keep their bytes", () => {
  expect(scaleOf(base64([1, -3], Float32Array), base64([2], Float32Array))).toBe(3);
  expect(scaleOf(base64([0], Float32Array))).toBe(1);
  expect([...pixelsOf(base64([7, 250], Uint8Array))]).toEqual([7, 250]);
});
