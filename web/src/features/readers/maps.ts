/** Where readers differ and agree, as colors over a slice. */

import type { PlaneGrid } from "../../frames/planes.ts";
import { cut } from "../../frames/planes.ts";

/** Amber where readers differ, the stronger the more pairs do; `share` is 0..255. */
export function paintDisagreement(share: ArrayLike<number>): Uint8ClampedArray<ArrayBuffer> {
  return painted(share, [255, 176, 46], (value) => value * 0.6);
}

/** Green where the consensus is more probably inside than not, the surer the stronger. */
export function paintConsensus(p: ArrayLike<number>): Uint8ClampedArray<ArrayBuffer> {
  return painted(p, [95, 208, 165], (value) => (value >= 128 ? 60 + (value - 128) * 0.9 : 0));
}

function painted(
  values: ArrayLike<number>,
  [red, green, blue]: readonly [number, number, number],
  alpha: (value: number) => number,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(values.length * 4);
  for (let at = 0; at < values.length; at++) {
    const shown = alpha(values[at] ?? 0);
    if (shown > 0) {
      rgba.set([red, green, blue, shown], at * 4);
    }
  }
  return rgba;
}

/** The slice of a plane with the largest sum; the middle one if there is nothing anywhere. */
export function fullestSlice(values: ArrayLike<number>, grid: PlaneGrid): number {
  let [best, most] = [Math.floor(grid.slices.count / 2), 0];
  for (let slice = 0; slice < grid.slices.count; slice++) {
    const sum = cut(values, grid, slice).reduce((total, value) => total + value, 0);
    if (sum > most) {
      [best, most] = [slice, sum];
    }
  }
  return best;
}
