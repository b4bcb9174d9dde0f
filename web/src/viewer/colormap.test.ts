import { expect, it } from "vitest";
import { evidenceColor, paintEvidence } from "./colormap.ts";

it("no evidence is clear", () => {
  expect(evidenceColor(0, 1)[3]).toBe(0);
});

it("evidence for a class is warm, evidence against it blue", () => {
  const [red, , blue] = evidenceColor(0.5, 1);
  expect(red).toBeGreaterThan(blue);
  const [redAgainst, , blueAgainst] = evidenceColor(-0.5, 1);
  expect(blueAgainst).toBeGreaterThan(redAgainst);
});

it("the color depends on the scale of the data set, not on the map's own maximum", () => {
  const weak = paintEvidence(new Float32Array([0.01, 0.02]), 1);
  const alone = paintEvidence(new Float32Array([0.01]), 1);
  expect([...weak.slice(0, 4)]).toEqual([...alone]);
});

it("a map that is not trusted has no color", () => {
  for (const value of [-1, -0.4, 0.4, 1]) {
    const [red, green, blue, alpha] = evidenceColor(value, 1, false);
    expect(red).toBe(green);
    expect(green).toBe(blue);
    expect(alpha).toBeLessThan(evidenceColor(value, 1)[3] + 1e-9);
  }
  const [red, , blue] = paintEvidence(new Float32Array([1]), 1, false);
  expect(red).toBe(blue);
});

it("saturates beyond the scale", () => {
  const [at, beyond] = [evidenceColor(2, 2), evidenceColor(9, 2)];
  expect(beyond).toEqual(at);
});
