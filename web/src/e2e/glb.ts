/** Write surfaces as binary glTF, as the server does: one node per surface, in mm. */

import type { Mesh } from "../viewer/mesh.ts";

export function writeSurfaces(meshes: readonly Mesh[]): Uint8Array<ArrayBuffer> {
  const views: { buffer: 0; byteOffset: number; byteLength: number }[] = [];
  const parts: Uint8Array[] = [];
  let size = 0;
  const add = (array: Float32Array | Uint32Array) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    views.push({ buffer: 0, byteOffset: size, byteLength: bytes.length });
    parts.push(bytes);
    size += bytes.length;
    return views.length - 1;
  };
  const accessors = meshes.flatMap(({ points, triangles }) => [
    { bufferView: add(points), componentType: 5126, count: points.length / 3, type: "VEC3" },
    { bufferView: add(triangles), componentType: 5125, count: triangles.length, type: "SCALAR" },
  ]);
  const document = {
    asset: { version: "2.0" },
    scene: 0,
    scenes: [{ nodes: meshes.map((_, at) => at) }],
    nodes: meshes.map(({ name }, at) => ({ name, mesh: at })),
    meshes: meshes.map((_, at) => ({
      primitives: [{ attributes: { POSITION: 2 * at }, indices: 2 * at + 1 }],
    })),
    accessors,
    bufferViews: views,
    buffers: [{ byteLength: size }],
  };
  const words = JSON.stringify(document);
  const text = new TextEncoder().encode(words.padEnd(Math.ceil(words.length / 4) * 4));
  const file = new Uint8Array(12 + 8 + text.length + 8 + size);
  const view = new DataView(file.buffer);
  [0x46546c67, 2, file.length, text.length, 0x4e4f534a].forEach((value, at) => {
    view.setUint32(at * 4, value, true);
  });
  file.set(text, 20);
  view.setUint32(20 + text.length, size, true);
  view.setUint32(24 + text.length, 0x004e4942, true);
  let at = 28 + text.length;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
