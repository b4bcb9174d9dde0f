/** Where a study is opened, if its address says so: a picture by its number, a volume at a point. */

import { useSearchParams } from "react-router";
import type { Mm } from "../../frames/affine.ts";

/** A picture, counted from 0; null if the address names none that is there. */
export function sliceIn(params: URLSearchParams, count: number): number | null {
  const typed = params.get("slice");
  const index = typed === null || !/^\d{1,7}$/.test(typed) ? Number.NaN : Number(typed);
  return index < count ? index : null;
}

/** A point in RAS+ mm: `at=-31.5,12,24`; null if the address names none. */
export function pointIn(params: URLSearchParams): Mm | null {
  const [r, a, s, ...more] = (params.get("at") ?? "").split(",").map(Number.parseFloat);
  const isPoint = [r, a, s].every((mm) => Number.isFinite(mm)) && more.length === 0;
  return isPoint ? [r ?? 0, a ?? 0, s ?? 0] : null;
}

/** What the address of the page says. */
export function useAddress(): URLSearchParams {
  return useSearchParams()[0];
}
