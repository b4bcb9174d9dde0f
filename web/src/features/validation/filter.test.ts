import { expect, it } from "vitest";
import { blocksOf } from "../../queries/validation.ts";
import { addressOf, EVERYTHING, filterIn, isFiltered, toggled } from "./filter.ts";

it("a filter survives its address, and an address says only what it leaves out", () => {
  const filter = {
    ...EVERYTHING,
    truth: ["glioma" as const, "disputed" as const],
    dominant: ["no evidence" as const],
    p_to: 0.6,
    words: "NS-7",
    selection: "abc_-1",
    order: "unsure" as const,
  };
  expect(filterIn(new URLSearchParams(addressOf(filter).toString()))).toEqual(filter);
  expect(addressOf(EVERYTHING).size).toBe(0);
  expect(isFiltered({ ...EVERYTHING, order: "sure" })).toBe(false);
});

it("nonsense in an address is left out", () => {
  const typed = new URLSearchParams("truth=abscess|glioma&from=2&to=x&order=best&selection=a b");
  expect(filterIn(typed)).toEqual({ ...EVERYTHING, truth: ["glioma"] });
});

it("a value is chosen, and no longer", () => {
  const once = toggled(EVERYTHING, "verdict", "partly");
  expect(once.verdict).toEqual(["partly"]);
  expect(toggled(once, "verdict", "partly")).toEqual(EVERYTHING);
});

it("only the blocks in sight are asked for", () => {
  const ids = Array.from({ length: 130 }, (_, at) => at + 1);
  expect(blocksOf(ids, 0, 10)).toHaveLength(1);
  expect(blocksOf(ids, 55, 65)).toHaveLength(2);
  expect(blocksOf(ids, 125, 200)).toEqual(["121,122,123,124,125,126,127,128,129,130"]);
  expect(blocksOf([], 0, 10)).toEqual([]);
});
