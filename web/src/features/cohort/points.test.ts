import { expect, test } from "vitest";
import type { MapPoint } from "../../queries/similar.ts";
import { paintOrder, radiusOf } from "./paint.ts";
import { asSlices, closest, isInside, laidOut } from "./points.ts";

const at = (x: number, y: number) => ({ x, y }) as MapPoint;

test("points keep their proportions, and up stays up", () => {
  const spots = laidOut([at(0, 0), at(2, 0), at(0, 1)], { width: 220, height: 220, margin: 10 });
  const [[x0 = 0, y0 = 0] = [], [x1 = 0, y1 = 0] = [], [, y2 = 0] = []] = spots;
  expect(x1 - x0).toBe(200);
  expect(y1).toBe(y0);
  expect(y0 - y2).toBe(100);
});

test("one point lies in the middle", () => {
  expect(
    laidOut([at(3, 3)], { width: 100, height: 60, margin: 10 })[0]?.every(Number.isFinite),
  ).toBe(true);
});

test("an outline takes what lies inside, also where it is hollow", () => {
  const hook = [
    [0, 0],
    [4, 0],
    [4, 4],
    [3, 4],
    [3, 1],
    [0, 1],
  ] as const;
  expect(isInside([0.5, 0.5], hook)).toBe(true);
  expect(isInside([3.5, 3], hook)).toBe(true);
  expect(isInside([1, 3], hook)).toBe(false);
});

test("a point is pointed at within a few pixels only", () => {
  expect(
    closest(
      [
        [0, 0],
        [10, 0],
      ],
      [8, 1],
      5,
    ),
  ).toBe(1);
  expect(
    closest(
      [
        [0, 0],
        [10, 0],
      ],
      [5, 20],
      5,
    ),
  ).toBeNull();
});

test("slices are handed on as the validation page takes them", () => {
  const point = { case_id: "s", series_id: "x", slice_index: 4 } as MapPoint;
  expect(asSlices([point])).toEqual([{ study_id: "s", series_id: "x", index: 4 }]);
});

test("thousands are painted small and mixed, what is chosen last", () => {
  expect(radiusOf(100)).toBeGreaterThan(radiusOf(5000));
  const order = paintOrder(1000, new Set([3, 700]));
  expect([...order].sort((one, other) => one - other)).toEqual([...Array(1000).keys()]);
  expect(new Set(order.slice(-2))).toEqual(new Set([3, 700]));
  const early = order.slice(0, 200).filter((at) => at < 500).length;
  expect(early).toBeGreaterThan(70);
  expect(early).toBeLessThan(130);
});
