import { expect, it } from "vitest";
import { addressOf, intervalWords, kappaWords } from "./words.ts";

it("a picture is opened by its number, a volume at a point in mm", () => {
  const slice = { study_id: "s1", series_id: "a", index: 3, position_mm: null };
  expect(addressOf(slice)).toBe("/studies/s1?series=a&slice=3");
  expect(addressOf({ ...slice, position_mm: [-1.04, 20, 31.26] })).toBe(
    "/studies/s1?series=a&at=-1.0,20.0,31.3",
  );
});

it("without an interval a number stands alone, and nothing is a dash", () => {
  const found = { value: 0.874, low: 0.81, high: 0.92, n: 24, patients: 21, few_patients: false };
  expect(intervalWords(found)).toBe(".87 (.81 to .92)");
  expect(intervalWords({ ...found, low: null, high: null })).toBe(".87");
  expect(intervalWords({ ...found, value: null })).toBe("–");
  expect(intervalWords({ ...found, value: 2.345, low: 1, high: 4 }, 1)).toBe("2.3 (1.0 to 4.0)");
});

it("kappa has the words of the field", () => {
  expect([-0.1, 0.3, 0.61, 0.9].map(kappaWords)).toEqual([
    "none",
    "fair",
    "substantial",
    "almost perfect",
  ]);
});
