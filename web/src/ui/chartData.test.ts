import { expect, it } from "vitest";
import { aligned, short } from "./chartData.ts";

it("curves with other steps share one axis, with holes", () => {
  const curves = [
    {
      name: "a",
      color: "red",
      points: [
        [0, 1],
        [20, 3],
      ] as const,
    },
    {
      name: "b",
      color: "blue",
      points: [
        [10, null],
        [0, 5],
      ] as const,
    },
  ];
  expect(aligned(curves)).toEqual([
    [0, 10, 20],
    [1, null, 3],
    [5, null, null],
  ]);
});

it("no curve is an empty axis", () => {
  expect(aligned([])).toEqual([[]]);
});

it("numbers are as long as they are of use", () => {
  expect([short(0.12345), short(-2.345), short(1357.2), short(null)]).toEqual([
    "0.123",
    "−2.35",
    "1357",
    "–",
  ]);
});
