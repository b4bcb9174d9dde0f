/** Read surfaces from binary glTF 2.0, as the server writes it: one node per surface, no transforms. */

import type { Mesh } from "./mesh.ts";

const MAGIC = 0x46546c67; // "glTF"
const JSON_CHUNK = 0x4e4f534a;
const FLOAT = 5126;
const INDEX_TYPES: Readonly<Record<number, "Uint8Array" | "Uint16Array" | "Uint32Array">> = {
  5121: "Uint8Array",
  5123: "Uint16Array",
  5125: "Uint32Array",
};
const BYTES = { Uint8Array: 1, Uint16Array: 2, Uint32Array: 4 } as const;

interface Document {
  readonly nodes?: readonly {
    name?: string;
    mesh?: number;
    matrix?: readonly number[];
    translation?: readonly number[];
    rotation?: readonly number[];
    scale?: readonly number[];
  }[];
  readonly meshes?: readonly {
    primitives: readonly { attributes: Record<string, number>; indices?: number; mode?: number }[];
  }[];
  readonly accessors?: readonly {
    bufferView?: number;
    byteOffset?: number;
    componentType: number;
    count: number;
    type: string;
  }[];
  readonly bufferViews?: readonly {
    byteOffset?: number;
    byteLength: number;
    byteStride?: number;
  }[];
}

/** All surfaces of a file, by the names of their nodes. */
export function readSurfaces(bytes: ArrayBuffer): Mesh[] {
  const { document, binary } = chunks(bytes);
  return (document.nodes ?? []).flatMap((node) => {
    const mesh = document.meshes?.[node.mesh ?? -1];
    if (!mesh) {
      return [];
    }
    if (node.matrix || node.translation || node.rotation || node.scale) {
      throw new RangeError(`The surface ${node.name ?? ""} is moved by its node; write it in mm.`);
    }
    return mesh.primitives.map((primitive) => ({
      name: node.name ?? "",
      points: pointsOf(document, binary, primitive.attributes.POSITION),
      triangles: indicesOf(document, binary, primitive.indices),
    }));
  });
}

function chunks(bytes: ArrayBuffer): { document: Document; binary: ArrayBuffer } {
  const view = new DataView(bytes);
  if (bytes.byteLength < 20 || view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== 2) {
    throw new RangeError("The surfaces are not binary glTF 2.0.");
  }
  const length = view.getUint32(12, true);
  if (view.getUint32(16, true) !== JSON_CHUNK) {
    throw new RangeError("The surfaces do not start with their description.");
  }
  const words = new TextDecoder().decode(bytes.slice(20, 20 + length));
  const start = 20 + length;
  const binary =
    start + 8 <= bytes.byteLength
      ? bytes.slice(start + 8, start + 8 + view.getUint32(start, true))
      : new ArrayBuffer(0);
  return { document: JSON.parse(words) as Document, binary };
}

/** The bytes of an accessor, tightly packed. */
function packed(document: Document, binary: ArrayBuffer, index: number, elementBytes: number) {
  const accessor = document.accessors?.[index];
  const view = document.bufferViews?.[accessor?.bufferView ?? -1];
  if (!accessor || !view) {
    throw new RangeError("The surfaces name numbers that are not in the file.");
  }
  const stride = view.byteStride ?? elementBytes;
  const start = (view.byteOffset ?? 0) + (accessor.byteOffset ?? 0);
  if (start + stride * (accessor.count - 1) + elementBytes > binary.byteLength) {
    throw new RangeError("The file of the surfaces is cut short.");
  }
  if (stride === elementBytes) {
    return { accessor, bytes: binary.slice(start, start + stride * accessor.count) };
  }
  const bytes = new Uint8Array(elementBytes * accessor.count);
  for (let at = 0; at < accessor.count; at++) {
    bytes.set(new Uint8Array(binary, start + at * stride, elementBytes), at * elementBytes);
  }
  return { accessor, bytes: bytes.buffer };
}

function pointsOf(document: Document, binary: ArrayBuffer, index = -1): Float32Array<ArrayBuffer> {
  const { accessor, bytes } = packed(document, binary, index, 12);
  if (accessor.componentType !== FLOAT || accessor.type !== "VEC3") {
    throw new RangeError("The vertices of a surface are not three floats each.");
  }
  return new Float32Array(bytes);
}

function indicesOf(document: Document, binary: ArrayBuffer, index = -1): Uint32Array<ArrayBuffer> {
  const kind = INDEX_TYPES[document.accessors?.[index]?.componentType ?? -1];
  if (!kind) {
    throw new RangeError("A surface has no list of triangles.");
  }
  const { bytes } = packed(document, binary, index, BYTES[kind]);
  return Uint32Array.from(new { Uint8Array, Uint16Array, Uint32Array }[kind](bytes));
}
