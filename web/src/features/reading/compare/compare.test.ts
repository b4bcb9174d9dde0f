import { expect, it } from "vitest";
import { splitMaps } from "../../../queries/explanations.ts";
import { agreementWords, choices, laidOver, ownScale } from "./compare.ts";

it("the colors of a map saturate at its own strong places, not at one outlier", () => {
  const map = new Float32Array(1000).fill(-2);
  map[7] = 400;
  expect(ownScale(map)).toBe(2);
  expect(ownScale(new Float32Array(4))).toBe(1);
});

it("a picture without evidence stays as it is, and strong evidence colors it", () => {
  const rgba = laidOver(new Float32Array([0.5, 0.5]), new Float32Array([0, 3]), 3);
  expect([...rgba.slice(0, 4)]).toEqual([128, 128, 128, 255]);
  expect(rgba[4]).toBeGreaterThan(rgba[6] ?? 255);
});

it("a map that failed a test is gray", () => {
  const rgba = laidOver(new Float32Array([0.5]), new Float32Array([3]), 3, false);
  expect(rgba[0]).toBe(rgba[2]);
});

it("low agreement is said in words", () => {
  expect(agreementWords(0.1)).toMatch(/^Low agreement.*different places/);
  expect(agreementWords(0.5)).toMatch(/^Some/);
  expect(agreementWords(0.9)).toMatch(/^Good.*0\.90/);
  expect(agreementWords(null)).toMatch(/cannot be compared/);
});

it("methods stand by how long they take, without the map they are laid beside", () => {
  const shared = { is_signed: true, is_control: false, meaning: "" };
  const groups = choices([
    { ...shared, name: "evidence", title: "Evidence map", tier: "instant", missing: null },
    { ...shared, name: "gradcam", title: "Grad-CAM", tier: "instant", missing: null },
    { ...shared, name: "rise", title: "RISE", tier: "background", missing: "torch" },
  ]);
  expect(groups.map(({ items }) => items.map(({ label }) => label))).toEqual([
    ["Grad-CAM"],
    [],
    ["RISE (needs torch)"],
  ]);
  expect(groups[2]?.items[0]?.disabled).toBe(true);
});

it("the three pictures come apart in their order", () => {
  const values = Float32Array.from({ length: 18 }, (_, at) => at);
  const maps = splitMaps(values.buffer, "3,2,3");
  expect([maps.rows, maps.columns]).toEqual([2, 3]);
  expect([maps.picture[0], maps.evidence[0], maps.map[0]]).toEqual([0, 6, 12]);
  expect(() => splitMaps(values.buffer, "3,3,3")).toThrow(RangeError);
});
