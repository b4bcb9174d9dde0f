import { expect, it } from "vitest";
import type { Mesh } from "./mesh.ts";
import { isCutAway, picked } from "./picking.ts";

/** A square across the x axis. */
function wall(name: string, x: number): Mesh {
  return {
    name,
    points: new Float32Array([x, -9, -9, x, 9, -9, x, 9, 9, x, -9, 9]),
    triangles: new Uint32Array([0, 1, 2, 0, 2, 3]),
  };
}

const RAY = { from: [100, 1, 2], along: [-1, 0, 0] } as const;
const brain = { mesh: wall("brain", 60), opacity: 0.25 };
const core = { mesh: wall("TC", 20), opacity: 0.5 };
const rim = { mesh: wall("ET", 10), opacity: 1 };

it("what is solid is hit through the glass before it, the nearest first", () => {
  expect(picked(RAY, [brain, rim, core], null)).toEqual({ name: "TC", place: [20, 1, 2] });
  expect(picked(RAY, [rim, brain], null)?.name).toBe("ET");
});

it("glass is hit where nothing solid lies behind it", () => {
  expect(picked(RAY, [brain], null)?.place).toEqual([60, 1, 2]);
  expect(picked({ ...RAY, from: [100, 30, 0] }, [brain, rim], null)).toBeNull();
  expect(picked({ ...RAY, from: [-100, 0, 0] }, [rim], null)).toBeNull();
});

it("what was cut away cannot be hit", () => {
  const cut = { origin: [15, 0, 0], normal: [-1, 0, 0] } as const;
  expect(isCutAway([20, 0, 0], cut)).toBe(true);
  expect(picked(RAY, [brain, core, rim], cut)?.name).toBe("ET");
  const face = { mesh: wall("face", 15.001), opacity: 1, isWhole: true };
  expect(picked(RAY, [brain, core, rim, face], cut)?.name).toBe("face");
});
