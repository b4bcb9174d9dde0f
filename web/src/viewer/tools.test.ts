import { expect, it } from "vitest";
import { dragWindow, inGray, inShares, stepped, wheelZoom } from "./tools.ts";

const FIRST = { low: 100, high: 900 };

it("a window in shares and in gray values is the same window", () => {
  expect(inGray({ low: 0, high: 1 }, FIRST)).toEqual(FIRST);
  expect(inShares(inGray({ low: 0.25, high: 0.75 }, FIRST), FIRST)).toEqual({
    low: 0.25,
    high: 0.75,
  });
});

it("dragging 400 pixels to the right doubles the first window around its center", () => {
  expect(dragWindow({ low: 0, high: 1 }, 400, 0)).toEqual({ low: -0.5, high: 1.5 });
});

it("dragging up brightens: the center of the window falls", () => {
  const { low, high } = dragWindow({ low: 0, high: 1 }, 0, -40);
  expect((low + high) / 2).toBeCloseTo(0.4);
});

it("a window never closes", () => {
  const { low, high } = dragWindow({ low: 0, high: 1 }, -4000, 0);
  expect(high).toBeGreaterThan(low);
});

it("the wheel zooms in upward and out downward by the same", () => {
  expect(wheelZoom(-100) * wheelZoom(100)).toBeCloseTo(1);
  expect(wheelZoom(-100)).toBeGreaterThan(1);
});

it("steps stay inside the stack", () => {
  expect([stepped(0, -1, 5), stepped(3, 10, 5), stepped(2, 1, 5)]).toEqual([0, 4, 3]);
});
