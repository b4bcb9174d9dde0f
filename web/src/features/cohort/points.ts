/** Points of the map of the cohort on the screen, and which of them lie in a drawn area. */

import type { MapPoint, SliceOfStore } from "../../queries/similar.ts";

export type Spot = readonly [x: number, y: number];

/** Colors of the classes; told apart by shape as well. */
export const LOOKS: Readonly<
  Record<string, { color: string; shape: "disc" | "square" | "triangle" | "diamond" }>
> = {
  glioma: { color: "#ff9d5c", shape: "disc" },
  meningioma: { color: "#7ddcb5", shape: "square" },
  pituitary: { color: "#8fb8ff", shape: "triangle" },
  notumor: { color: "#d5d8db", shape: "diamond" },
};
export const OTHER = { color: "#888f96", shape: "disc" } as const;

/** Lay points on a canvas, with a margin; the map keeps its proportions. */
export function laidOut(
  points: readonly MapPoint[],
  { width, height, margin }: { width: number; height: number; margin: number },
): Spot[] {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, top] = [least(xs), most(ys)];
  const [across, down] = [most(xs) - left || 1, top - least(ys) || 1];
  const scale = Math.min((width - 2 * margin) / across, (height - 2 * margin) / down);
  const [x0, y0] = [(width - across * scale) / 2, (height - down * scale) / 2];
  return points.map(({ x, y }) => [x0 + (x - left) * scale, y0 + (top - y) * scale]);
}

// Math.min(...list) overflows the stack for long lists.
function least(values: readonly number[]): number {
  return values.reduce((found, value) => Math.min(found, value), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((found, value) => Math.max(found, value), Number.NEGATIVE_INFINITY);
}

/** Whether a spot lies in a closed outline (even-odd). */
export function isInside([x, y]: Spot, outline: readonly Spot[]): boolean {
  let inside = false;
  outline.forEach(([x1, y1], at) => {
    const [x2, y2] = outline[(at + 1) % outline.length] ?? [x1, y1];
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) {
      inside = !inside;
    }
  });
  return inside;
}

/** The number of the spot closest to a place, within some pixels; null for none. */
export function closest(spots: readonly Spot[], [x, y]: Spot, within: number): number | null {
  let [best, far] = [-1, within * within];
  spots.forEach(([sx, sy], at) => {
    const distance = (sx - x) ** 2 + (sy - y) ** 2;
    if (distance < far) {
      [best, far] = [at, distance];
    }
  });
  return best < 0 ? null : best;
}

/** As the validation page takes slices. */
export function asSlices(points: readonly MapPoint[]): SliceOfStore[] {
  return points.map(({ case_id, series_id, slice_index }) => ({
    study_id: case_id,
    series_id,
    index: slice_index,
  }));
}
