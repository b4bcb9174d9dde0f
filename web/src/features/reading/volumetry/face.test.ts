import { expect, it } from "vitest";
import { makeSpacePhantom } from "../../../e2e/spacePhantom.ts";
import type { Mm } from "../../../frames/affine.ts";
import { placeOf } from "../../../frames/planes.ts";
import { boxOf } from "../../../viewer/mesh.ts";
import { colorOf } from "../../../viewer/palette.ts";
import type { Clip } from "../../../viewer/store.ts";
import { faceGrid, faceOf } from "./face.ts";
import { cutOf } from "./surfaces.ts";

const phantom = makeSpacePhantom(4);
const { volumetry, affine, shape, labels } = phantom;
const mesh = phantom.meshes.find(({ name }) => name === "brain") as (typeof phantom.meshes)[0];
const box = boxOf([mesh]) as NonNullable<ReturnType<typeof boxOf>>;
const maps = { labels, uncertainty: null, evidence: null };
const off = { isOn: false, opacity: 1 };
const settings = {
  layers: { regions: off, uncertainty: off, fused: off },
  unwanted: [],
  hidden: false,
  showAnyway: false,
};
const image = {
  values: phantom.t1c,
  shape,
  affine,
  window: { low: 0, high: 1000 },
  inverted: false,
};

function faceAt(side: Clip["side"], share: number, change: object = {}) {
  const cut = cutOf({ isOn: true, side, share }, box);
  return cut
    ? faceOf(volumetry, maps, image, { mesh, box, side, cut }, { ...settings, ...change })
    : null;
}

/** The color of an axial face at a place. */
function colorAt(face: ReturnType<typeof faceAt>, place: Mm): number[] {
  const { row, column } = placeOf(faceGrid("S", box), place);
  const { columns = 0, rgba = new Uint8ClampedArray() } = face?.picture ?? {};
  const at = (Math.round(row) * columns + Math.round(column)) * 4;
  return [...rgba.subarray(at, at + 3)];
}

it.each([
  ["S", 2],
  ["A", 1],
  ["L", 0],
] as const)("the face of a cut from %s shows the slice that lies there", (side, axis) => {
  const face = faceAt(side, 0.5);
  const plane = cutOf({ isOn: true, side, share: 0.5 }, box)?.origin[axis] ?? 0;
  const along = face?.mesh.points.filter((_, at) => at % 3 === axis) ?? [];
  expect(along.length).toBeGreaterThan(100);
  for (const value of along) {
    expect(value).toBeCloseTo(plane, 4);
  }
});

it("the tumor lies on the side of the patient where it is, in the color of its label", () => {
  const [center] = volumetry.lesions.map(({ center_mm }) => center_mm);
  const [x = 0, y = 0, z = 0] = center ?? [];
  const share = (box.high[2] - z) / (box.high[2] - box.low[2]);
  const regions = { ...settings.layers, regions: { isOn: true, opacity: 1 } };
  const face = faceAt("S", share, { layers: regions });
  expect(colorAt(face, [x, y, z])).toEqual([...colorOf("NCR")]);
  expect(new Set(colorAt(face, [-x, y, z])).size).toBe(1);
  // Beneath the layers the necrosis is dark on T1 with contrast.
  const beneath = colorAt(faceAt("S", share, { layers: regions, hidden: true }), [x, y, z]);
  expect(new Set(beneath).size).toBe(1);
  expect(beneath[0]).toBeLessThan(100);
});

it("a cut that takes all or nothing leaves no face", () => {
  expect(faceAt("S", 1)).toBeNull();
  expect(cutOf({ isOn: false, side: "S", share: 0.5 }, box)).toBeNull();
});
