/** Painted voxels: a box on the grid of a series, of any number of slices. Pure. */

import { compose, type Shape, toVoxel, type Voxel } from "../../frames/affine.ts";
import { type Flat, flatOfPixel, pixelOfFlat, type Sheet } from "../../frames/sheet.ts";
import type { PackedMask } from "./content.ts";
import { distance, nearestOn } from "./rings.ts";

/** `values` is 1 where painted, i fastest. */
export interface Box {
  readonly start: Voxel;
  readonly shape: Shape;
  readonly values: Uint8Array;
}

type Grid = Pick<Sheet, "affine" | "shape">;
type Triple = [number, number, number];

const CHUNK = 0x8000;

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(text);
}

export function packed({ start, shape, values }: Box, grid: Grid): PackedMask {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, at) => {
    bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (value ? 1 << (at & 7) : 0);
  });
  const affine = compose(grid.affine, [
    [1, 0, 0, start[0]],
    [0, 1, 0, start[1]],
    [0, 0, 1, start[2]],
    [0, 0, 0, 1],
  ]);
  return {
    shape: [...shape],
    affine: affine.map((row) => [...row]) as PackedMask["affine"],
    bits: toBase64(bytes),
  };
}

export function unpacked({ shape, affine, bits }: PackedMask, grid: Grid): Box {
  const text = atob(bits);
  const values = Uint8Array.from(
    { length: shape[0] * shape[1] * shape[2] },
    (_, at) => (text.charCodeAt(at >> 3) >> (at & 7)) & 1,
  );
  const corner = [0, 1, 2].map((row) => affine[row]?.[3] ?? 0) as Triple;
  const start = toVoxel(grid.affine, corner).map(Math.round) as Triple;
  return { start, shape, values };
}

function offset({ start, shape }: Pick<Box, "start" | "shape">, [i, j, k]: Voxel): number {
  const [x, y, z] = [i - start[0], j - start[1], k - start[2]];
  const isIn = x >= 0 && y >= 0 && z >= 0 && x < shape[0] && y < shape[1] && z < shape[2];
  return isIn ? x + shape[0] * (y + shape[1] * z) : -1;
}

export function isPainted(box: Box, voxel: Voxel): boolean {
  const at = offset(box, voxel);
  return at >= 0 && box.values[at] === 1;
}

function bounds(voxels: readonly Voxel[]): { start: Triple; end: Triple } {
  const start: Triple = [Infinity, Infinity, Infinity];
  const end: Triple = [-Infinity, -Infinity, -Infinity];
  for (const voxel of voxels) {
    for (const axis of [0, 1, 2] as const) {
      start[axis] = Math.min(start[axis], voxel[axis]);
      end[axis] = Math.max(end[axis], voxel[axis] + 1);
    }
  }
  return { start, end };
}

function refitted(box: Box, start: Triple, end: Triple): Box {
  const shape: Shape = [end[0] - start[0], end[1] - start[1], end[2] - start[2]];
  const values = new Uint8Array(shape[0] * shape[1] * shape[2]);
  const fresh = { start, shape, values };
  const [ni, nj] = box.shape;
  box.values.forEach((value, at) => {
    if (value) {
      const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
      const to = offset(fresh, [i + box.start[0], j + box.start[1], k + box.start[2]]);
      if (to >= 0) {
        values[to] = 1;
      }
    }
  });
  return fresh;
}

/** Paint voxels; the box grows around them. Null where nothing is painted at all. */
export function painted(box: Box | null, voxels: readonly Voxel[]): Box | null {
  if (voxels.length === 0) {
    return box;
  }
  const { start, end } = bounds(voxels);
  for (const axis of box ? ([0, 1, 2] as const) : []) {
    start[axis] = Math.min(start[axis], box?.start[axis] ?? 0);
    end[axis] = Math.max(end[axis], (box?.start[axis] ?? 0) + (box?.shape[axis] ?? 0));
  }
  const none = { start, shape: [0, 0, 0] as Shape, values: new Uint8Array() };
  const grown = refitted(box ?? none, start, end);
  for (const voxel of voxels) {
    grown.values[offset(grown, voxel)] = 1;
  }
  return grown;
}

/** Wipe voxels away; the box shrinks to what is left. Null where nothing is. */
export function wiped(box: Box, voxels: readonly Voxel[]): Box | null {
  const left = { ...box, values: box.values.slice() };
  for (const voxel of voxels) {
    const at = offset(left, voxel);
    if (at >= 0) {
      left.values[at] = 0;
    }
  }
  const kept = paintedVoxels(left);
  if (kept.length === 0) {
    return null;
  }
  const { start, end } = bounds(kept);
  return refitted(left, start, end);
}

export function paintedVoxels({ start, shape: [ni, nj], values }: Box): Voxel[] {
  const voxels: Voxel[] = [];
  values.forEach((value, at) => {
    if (value) {
      voxels.push([
        start[0] + (at % ni),
        start[1] + (Math.floor(at / ni) % nj),
        start[2] + Math.floor(at / (ni * nj)),
      ]);
    }
  });
  return voxels;
}

/** Which pixels of a sheet are painted, row by row; null where none is. */
export function pixelsOn(box: Box, sheet: Sheet): Float32Array | null {
  const pixels = new Float32Array(sheet.rows * sheet.columns);
  let isAny = false;
  for (let row = 0, at = 0; row < sheet.rows; row++) {
    for (let column = 0; column < sheet.columns; column++, at++) {
      if (isPainted(box, sheet.voxelOf(row, column))) {
        pixels[at] = 1;
        isAny = true;
      }
    }
  }
  return isAny ? pixels : null;
}

type Pixel = readonly [row: number, column: number];

/** Call for every pixel of the sheet within a reach around two places. */
function eachPixelNear(
  sheet: Sheet,
  ends: readonly Pixel[],
  reach: number,
  visit: (row: number, column: number) => void,
): void {
  const [rows, columns] = [ends.map(([row]) => row), ends.map(([, column]) => column)];
  const first = (all: readonly number[]) => Math.max(Math.floor(Math.min(...all) - reach), 0);
  const last = (all: readonly number[], count: number) =>
    Math.min(Math.ceil(Math.max(...all) + reach), count - 1);
  for (let row = first(rows); row <= last(rows, sheet.rows); row++) {
    for (let column = first(columns); column <= last(columns, sheet.columns); column++) {
      visit(row, column);
    }
  }
}

/** The pixels whose centers a brush passes over, and those its path passes through. */
export function pixelsUnder(sheet: Sheet, path: readonly Flat[], radius: number): Pixel[] {
  const found = new Map<number, Pixel>();
  const [only] = path;
  const edges = path.slice(1).map((to, at) => [path[at] ?? to, to] as const);
  const reach = radius / Math.min(sheet.columnMm, sheet.rowMm[1]) + 1;
  for (const edge of only && edges.length === 0 ? [[only, only] as const] : edges) {
    const ends = edge.map((flat) => pixelOfFlat(sheet, flat));
    eachPixelNear(sheet, ends, reach, (row, column) => {
      const place = flatOfPixel(sheet, row, column);
      const isThrough = ends.some(
        (end) => Math.round(end[0]) === row && Math.round(end[1]) === column,
      );
      if (isThrough || distance(nearestOn(edge, place), place) <= radius) {
        found.set(row * sheet.columns + column, [row, column]);
      }
    });
  }
  return [...found.values()];
}
