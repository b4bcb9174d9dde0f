import { expect, it } from "vitest";
import { eachVoxel } from "../frames/affine.ts";
import { planeGrid } from "../frames/planes.ts";
import { capOf, crossSection } from "./cap.ts";
import { isosurface } from "./isosurface.ts";
import { areaOf, boxOf } from "./mesh.ts";

const AFFINE = [
  [2, 0, 0, -40],
  [0, 2, 0, -40],
  [0, 0, 2, -40],
  [0, 0, 0, 1],
];
const SHAPE = [41, 41, 41] as const;
const GRID = planeGrid(AFFINE, SHAPE, "axial");

/** A ball of 30 mm with a hollow of 12 mm around (8, 0, 0). */
function hollowBall() {
  const values = new Float32Array(41 ** 3);
  eachVoxel(SHAPE, (at, i, j, k) => {
    const [x, y, z] = [2 * i - 40, 2 * j - 40, 2 * k - 40];
    values[at] = 50 + Math.min(30 - Math.hypot(x, y, z), Math.hypot(x - 8, y, z) - 12);
  });
  return isosurface("brain", { values, shape: SHAPE, affine: AFFINE }, 50);
}

const cutAt = (z: number) => ({ origin: [0, 0, z], normal: [0, 0, -1] }) as const;

it("the face of a cut has the area of the cross-section, without what is hollow", () => {
  const ball = hollowBall();
  for (const [z, area] of [
    [18, Math.PI * (900 - 324)],
    [5, Math.PI * (900 - 25) - Math.PI * (144 - 25)],
  ] as const) {
    const { mesh } = capOf(ball, cutAt(z), GRID, (z + 40) / 2);
    // Strips of half a row lie over each other by a tenth of a row.
    expect(Math.abs(areaOf(mesh) / 1.2 / area - 1)).toBeLessThan(0.02);
    const box = boxOf([mesh]);
    expect([box?.low[2], box?.high[2]]).toEqual([z, z]);
  }
});

it("a place on the face leads to the same place of the picture", () => {
  const { mesh, places } = capOf(hollowBall(), cutAt(18), GRID, 29);
  for (let vertex = 0; vertex < places.length / 2; vertex += 7) {
    // Columns run to the patient's left, rows to the back; pictures are counted from the bottom.
    const [x = 0, y = 0] = mesh.points.subarray(vertex * 3, vertex * 3 + 2);
    expect(places[vertex * 2]).toBeCloseTo(((40 - x) / 2 + 0.5) / 41, 5);
    expect(places[vertex * 2 + 1]).toBeCloseTo(1 - ((40 - y) / 2 + 0.5) / 41, 5);
  }
});

it("a plane beside the surface cuts nothing", () => {
  expect(crossSection(hollowBall(), cutAt(35))).toEqual([]);
  expect(capOf(hollowBall(), cutAt(35), GRID, 37.5).mesh.triangles).toHaveLength(0);
});
