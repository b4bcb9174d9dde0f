import { expect, it } from "vitest";
import { type Color, colorOf, DOUBT, rampColor } from "./palette.ts";

/** How the three kinds of dichromats see linear RGB (Machado et al. 2009, severity 1). */
const VISION: Readonly<Record<string, readonly (readonly number[])[]>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(color: Color): number[] {
  return color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
}

/** CIE L*a*b* of linear RGB, D65. */
function lab([r = 0, g = 0, b = 0]: number[]): number[] {
  const xyz = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
  ].map((t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116));
  const [x = 0, y = 0, z = 0] = xyz;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function seen(color: Color, kind: string): number[] {
  const rgb = linear(color);
  return lab(
    (VISION[kind] ?? []).map((row) =>
      Math.min(
        Math.max(
          row.reduce((sum, weight, at) => sum + weight * (rgb[at] ?? 0), 0),
          0,
        ),
        1,
      ),
    ),
  );
}

const PAIRS = [
  ["ET", "NCR"],
  ["ET", "ED"],
  ["NCR", "ED"],
  ["WT", "TC"],
  ["TC", "ET"],
  ["WT", "ET"],
] as const;

it.each(Object.keys(VISION))("sub-regions are far from each other for %s", (kind) => {
  for (const [one, other] of PAIRS) {
    const [a, b] = [seen(colorOf(one), kind), seen(colorOf(other), kind)];
    const distance = Math.hypot(...a.map((value, at) => value - (b[at] ?? 0)));
    expect(distance, `${one} and ${other}`).toBeGreaterThan(20);
  }
});

it("nothing is clear, and half of the ramp covers most", () => {
  expect(rampColor(DOUBT, 0)[3]).toBe(0);
  expect(rampColor(DOUBT, 0.5)[3]).toBeCloseTo(0.8);
  expect(rampColor(DOUBT, 7)).toEqual(rampColor(DOUBT, 1));
});
