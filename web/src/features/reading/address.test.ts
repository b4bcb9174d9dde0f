import { expect, it } from "vitest";
import { pointIn, sliceIn } from "./address.ts";

it("a picture is opened by its number, if there is such a picture", () => {
  const opened = (words: string) => sliceIn(new URLSearchParams(words), 3);
  expect([opened("slice=2"), opened("slice=0")]).toEqual([2, 0]);
  expect([opened(""), opened("slice=3"), opened("slice=-1"), opened("slice=x")]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

it("a volume is opened at a point of three finite numbers", () => {
  expect(pointIn(new URLSearchParams("at=-31.5,12,24"))).toEqual([-31.5, 12, 24]);
  for (const wrong of ["", "at=1,2", "at=1,2,3,4", "at=a,b,c", "at=,,"]) {
    expect(pointIn(new URLSearchParams(wrong))).toBeNull();
  }
});
