import { expect, it } from "vitest";
import { readVoxels } from "./pixels.ts";

it("voxels are read as numpy names their type", () => {
  const bytes = new Int16Array([-5, 300]).buffer;
  expect([...readVoxels(bytes, "int16")]).toEqual([-5, 300]);
});

it("an unknown type is refused by name", () => {
  expect(() => readVoxels(new ArrayBuffer(8), "complex64")).toThrow(/complex64/);
});
