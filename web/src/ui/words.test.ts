import { expect, it } from "vitest";
import { counted, inBytes, inPercent } from "./words.ts";

it("sizes read as people say them", () => {
  expect([inBytes(0), inBytes(999), inBytes(4_194_304), inBytes(62_000_000)]).toEqual([
    "0 bytes",
    "999 bytes",
    "4.2 MB",
    "62 MB",
  ]);
});

it("a probability is never rounded to certainty", () => {
  expect([inPercent(0.914), inPercent(0.9999), inPercent(0.0001), inPercent(0)]).toEqual([
    "91 %",
    "> 99 %",
    "< 1 %",
    "0 %",
  ]);
});

it("one is not many", () => {
  expect([counted(1, "file"), counted(2, "file"), counted(2, "study", "studies")]).toEqual([
    "1 file",
    "2 files",
    "2 studies",
  ]);
});
