/** Lay the map of a similarity over its picture. */

import { paintEvidence } from "../../viewer/colormap.ts";
import { readBytes, readFloats } from "../../viewer/mapPicture.ts";

/** Gray values 0..255 of a picture. */
export function pixelsOf(picture: string): Float32Array {
  return Float32Array.from(readBytes(picture));
}

/** The largest contribution of both maps: they share one scale. */
export function scaleOf(...maps: readonly string[]): number {
  let most = 0;
  for (const map of maps) {
    for (const value of readFloats(map)) {
      most = Math.max(most, Math.abs(value));
    }
  }
  return most || 1;
}

/** A map of `cells` places a side in colors, on `size` pixels a side, as opaque as asked (0..1). */
export function overlayOf(
  map: string,
  { cells, size, scale, opacity }: { cells: number; size: number; scale: number; opacity: number },
): Uint8ClampedArray<ArrayBuffer> {
  const small = readFloats(map);
  const large = new Float32Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      large[row * size + column] = between(
        small,
        cells,
        (row / size) * cells,
        (column / size) * cells,
      );
    }
  }
  const rgba = paintEvidence(large, scale);
  for (let at = 3; at < rgba.length; at += 4) {
    rgba[at] = (rgba[at] ?? 0) * opacity;
  }
  return rgba;
}

/** Interpolate between the centers of places. */
function between(map: Float32Array, cells: number, row: number, column: number): number {
  const [y, x] = [clamp(row - 0.5, cells), clamp(column - 0.5, cells)];
  const [top, left] = [Math.min(Math.floor(y), cells - 2), Math.min(Math.floor(x), cells - 2)];
  const [down, across] = [y - top, x - left];
  const at = (r: number, c: number) => map[r * cells + c] ?? 0;
  const upper = at(top, left) * (1 - across) + at(top, left + 1) * across;
  const lower = at(top + 1, left) * (1 - across) + at(top + 1, left + 1) * across;
  return upper * (1 - down) + lower * down;
}

function clamp(value: number, cells: number): number {
  return Math.min(Math.max(value, 0), cells - 1);
}
