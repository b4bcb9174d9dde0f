/** Which two slices to fill between: those around the one on display. Pure. */

import { depthOf, type Sheet } from "../../frames/sheet.ts";
import { type Content, KIND_NAMES, type Kind } from "./content.ts";
import type { Seen } from "./result.ts";

export type Pair =
  | { readonly first: readonly Content[]; readonly second: readonly Content[] }
  | { readonly hint: string };

/** Outlines and strokes of a kind in the plane of the sheet, by how many slices they lie beyond it. */
function byDepth(sheet: Sheet, seen: readonly Seen[], kind: Kind): Map<number, Content[]> {
  const slices = new Map<number, Content[]>();
  for (const { content } of seen) {
    const [place] = content.points_mm;
    if (place && content.kind === kind && content.plane === sheet.plane) {
      const depth = Math.round(depthOf(sheet, place));
      slices.set(depth, [...(slices.get(depth) ?? []), content]);
    }
  }
  return slices;
}

/**
 * The nearest slices with drawings on both sides; the slice on display is one of them where
 * something is drawn on it. Neighbors have nothing between them.
 */
export function pairToFill(sheet: Sheet, seen: readonly Seen[], kind: Kind): Pair {
  if (sheet.sliceIndex !== null) {
    return { hint: "Pictures are not one volume: there is nothing between them to fill." };
  }
  const slices = byDepth(sheet, seen, kind);
  const depths = [...slices.keys()].sort((a, b) => a - b);
  const gaps = depths
    .flatMap((from, at) => {
      const to = depths[at + 1];
      return to !== undefined && to - from > 1 ? [{ from, to }] : [];
    })
    .filter(({ from, to }) => from <= 0 && to >= 0)
    .sort((a, b) => a.to - a.from - (b.to - b.from));
  const [gap] = gaps;
  return gap
    ? { first: slices.get(gap.from) ?? [], second: slices.get(gap.to) ?? [] }
    : {
        hint: `Draw “${KIND_NAMES[kind]}” on two slices of this plane with slices between them, then stand on or between the two.`,
      };
}
