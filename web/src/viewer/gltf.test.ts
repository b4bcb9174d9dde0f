import { expect, it } from "vitest";
import { writeSurfaces } from "../e2e/glb.ts";
import { readSurfaces } from "./gltf.ts";
import type { Mesh } from "./mesh.ts";

const MESHES: Mesh[] = [
  {
    name: "brain",
    points: new Float32Array([0, 0, 0, 1.5, 0, 0, 0, -2, 0, 0, 0, 70000]),
    triangles: new Uint32Array([0, 1, 2, 0, 2, 3]),
  },
  { name: "ET", points: new Float32Array(9).fill(4), triangles: new Uint32Array([0, 1, 2]) },
];

it("surfaces come back as they were written, by name", () => {
  expect(readSurfaces(writeSurfaces(MESHES).buffer)).toEqual(MESHES);
});

it("what is no glTF, and what is cut short, is refused", () => {
  expect(() => readSurfaces(new ArrayBuffer(64))).toThrow(/not binary glTF/);
  const file = writeSurfaces(MESHES);
  expect(() => readSurfaces(file.slice(0, file.length - 8).buffer)).toThrow(/cut short/);
});

it("a surface that its node moves is refused: the frame is millimeters", () => {
  const words = new TextDecoder("latin1").decode(writeSurfaces(MESHES));
  const moved = words.replace('"name":"ET","mesh":1', '"scale":[2],"mesh":1');
  const bytes = Uint8Array.from(moved, (letter) => letter.charCodeAt(0));
  expect(moved).toHaveLength(words.length);
  expect(() => readSurfaces(bytes.buffer)).toThrow(/moved by its node/);
});
