import { expect, it } from "vitest";
import type { Difference, Score } from "../../queries/certificate.ts";
import { interval, isClear, number, pWords, side, signed } from "./findings.ts";

const score = (value: number | null, low: number | null, high: number | null): Score => ({
  value,
  low,
  high,
  n: 48,
  patients: 24,
});
const difference = (value: number, low: number, high: number): Difference => ({
  metric: "flips",
  against: "before",
  difference: score(value, low, high),
  p: 0.01,
  p_adjusted: 0.03,
});

it("a difference is clear only if its interval does not hold zero", () => {
  expect(isClear(score(0.1, 0.02, 0.2))).toBe(true);
  expect(isClear(score(0.1, 0, 0.2))).toBe(false);
  expect(isClear(score(0.1, -0.02, 0.2))).toBe(false);
  expect(isClear(score(null, null, null))).toBe(false);
});

it("fewer flips are better, more evidence is better", () => {
  expect(side(difference(-0.2, -0.3, -0.1), "lower")).toBe("better");
  expect(side(difference(-0.2, -0.3, -0.1), "higher")).toBe("worse");
  expect(side(difference(0.2, -0.1, 0.3), "higher")).toBe("unclear");
});

it("numbers read as in a paper, and what was not measured is a dash", () => {
  expect([number(0.7123), number(-0.05), number(1), number(12.34), number(null)]).toEqual([
    ".712",
    "−.050",
    "1.000",
    "12.3",
    "–",
  ]);
  expect([signed(0.2), signed(-0.2), signed(0)]).toEqual(["+.200", "−.200", ".000"]);
  expect([interval(score(0.7, 0.64, 0.78)), interval(score(0.7, null, null))]).toEqual([
    ".640 to .780",
    "",
  ]);
  expect([pWords(0.0002), pWords(0.034), pWords(null)]).toEqual(["p < .001", "p .034", ""]);
});
