import { expect, it } from "vitest";
import { windowed } from "./SlicePicture.tsx";

it("the window maps its ends to black and white, and cuts what lies beyond", () => {
  const rgba = windowed(new Float32Array([-5, 10, 20, 30, 99]), 10, 30);
  expect([0, 1, 2, 3, 4].map((at) => rgba[at * 4])).toEqual([0, 0, 128, 255, 255]);
  expect(rgba[3]).toBe(255);
});
