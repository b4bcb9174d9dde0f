/** Pictures that lie over a slice: colored areas with outlines, and shades of one quantity. */

import { outlineSegments, type Segment } from "./outline.ts";
import { type Color, rampColor } from "./palette.ts";

/** One layer over a slice, on the pixels of the slice. */
export interface SliceLayer {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** Row by row; null for outlines alone. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer> | null;
  readonly outlines: readonly { readonly color: Color; readonly segments: readonly Segment[] }[];
  readonly opacity: number;
}

export interface LabelColor {
  readonly value: number;
  readonly color: Color;
}

/** Color the labels that are shown; all else stays clear. */
export function paintLabels(
  map: Float32Array,
  shown: readonly LabelColor[],
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(map.length * 4);
  const colors = new Map(shown.map(({ value, color }) => [value, color]));
  for (let pixel = 0; pixel < map.length; pixel++) {
    const color = map[pixel] ? colors.get(map[pixel] ?? 0) : undefined;
    if (color) {
      rgba.set(color, pixel * 4);
      rgba[pixel * 4 + 3] = 255;
    }
  }
  return rgba;
}

/** The border of every label that is shown, between its pixels and all others. */
export function outlineLabels(
  map: Float32Array,
  columns: number,
  shown: readonly LabelColor[],
): SliceLayer["outlines"] {
  return shown.flatMap(({ value, color }) => {
    if (!map.includes(value)) {
      return [];
    }
    const mask = map.map((label) => (label === value ? 1 : 0));
    return [{ color, segments: outlineSegments(mask, columns, 0.5) }];
  });
}

const STEPS = 256;

/** Shade a quantity; `full` is where the color ends. */
export function paintShades(
  map: Float32Array,
  ramp: readonly [Color, Color],
  full: number,
): Uint8ClampedArray<ArrayBuffer> {
  const table = Array.from({ length: STEPS + 1 }, (_, at) => rampColor(ramp, at / STEPS));
  const rgba = new Uint8ClampedArray(map.length * 4);
  for (let pixel = 0; pixel < map.length; pixel++) {
    const share = Math.min(Math.max((map[pixel] ?? 0) / full, 0), 1);
    if (share > 0) {
      const [red, green, blue, alpha] = table[Math.round(share * STEPS)] ?? [0, 0, 0, 0];
      rgba.set([red, green, blue, alpha * 255], pixel * 4);
    }
  }
  return rgba;
}
