import { expect, it } from "vitest";
import { tilesBody } from "../features/validation/testSlices.ts";
import { readTiles } from "./tiles.ts";

it("pictures and signed evidence are cut out of one body", () => {
  const [first, second] = readTiles(tilesBody([7, 8]));
  expect([first?.id, second?.id]).toEqual([7, 8]);
  expect([...(second?.picture ?? [])]).toEqual([10, 20, 30, 40]);
  expect([...(second?.evidence ?? [])]).toEqual([-100]);
});

it("a body that was cut off is refused", () => {
  expect(() => readTiles(tilesBody([7, 8]).slice(0, -1))).toThrow(/less of the pictures/);
});
