import { expect, it } from "vitest";
import { outlineLabels, paintLabels, paintShades } from "./layers.ts";
import { FUSED } from "./palette.ts";

const RED = { value: 1, color: [255, 0, 0] as const };
const BLUE = { value: 2, color: [0, 0, 255] as const };
/** A square of label 1 with label 2 in its middle, 5 x 5. */
const MAP = new Float32Array([
  0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 2, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0,
]);

it("labels that are shown are painted, all else stays clear", () => {
  const rgba = paintLabels(MAP, [RED]);
  expect([...rgba.slice(6 * 4, 7 * 4)]).toEqual([255, 0, 0, 255]);
  expect(rgba[12 * 4 + 3]).toBe(0);
  expect(rgba[3]).toBe(0);
});

it("every label that is there has its own border", () => {
  const outlines = outlineLabels(MAP, 5, [RED, BLUE, { value: 3, color: [0, 255, 0] }]);
  expect(outlines.map(({ color }) => color)).toEqual([RED.color, BLUE.color]);
  // Around one pixel: four corners cut at half a pixel.
  const around = outlines[1]?.segments.reduce(
    (sum, [a, b, c, d]) => sum + Math.hypot(c - a, d - b),
    0,
  );
  expect(around).toBeCloseTo(4 * Math.SQRT1_2);
});

it("shades end at the full value, whatever the map holds", () => {
  const rgba = paintShades(new Float32Array([0, 1, 5]), FUSED, 1);
  expect(rgba[3]).toBe(0);
  expect([...rgba.slice(4, 8)]).toEqual([...rgba.slice(8, 12)]);
});
