/** What lies where on a sheet. Pure. */

import { type Flat, pixelOfFlat, type Sheet } from "../../frames/sheet.ts";
import { areaOf, doTouch, intersection, union } from "./areas.ts";
import { areaOn, type Content, KIND_NAMES, liesOn, ringsOn } from "./content.ts";
import { masksOf } from "./maskSteps.ts";
import { isPainted } from "./masks.ts";
import type { Seen } from "./result.ts";
import type { Piece, Ring } from "./rings.ts";

/** The drawing under a place: the smallest one, so that one inside another can be reached. */
export function under(sheet: Sheet, seen: readonly Seen[], at: Flat, within: number): Seen | null {
  const spot = [{ outer: square(at, within), holes: [] }];
  const [row, column] = pixelOfFlat(sheet, at).map(Math.round) as [number, number];
  const sizes = seen.flatMap((one) => {
    if (liesOn(one.content, sheet)) {
      const area = areaOn(one.content, sheet);
      const size = area.reduce((sum, piece) => sum + areaOf(piece), 0);
      return doTouch(area, spot) ? [{ one, size }] : [];
    }
    const [mask] = masksOf(sheet, [one]);
    return mask && isPainted(mask.box, sheet.voxelOf(row, column))
      ? [{ one, size: mask.box.values.length }]
      : [];
  });
  return sizes.sort((a, b) => a.size - b.size)[0]?.one ?? null;
}

function square([u, v]: Flat, half: number): Ring {
  return [
    [u - half, v - half],
    [u + half, v - half],
    [u + half, v + half],
    [u - half, v + half],
  ];
}

/** The part of the smaller mark from which on training refuses the two. */
const TOLERATED = 0.1;

/** "Look here" over "ignore this" on one sheet, by more than training forgives. */
export function contradiction(sheet: Sheet, seen: readonly Seen[]): string | null {
  const areas = (kind: Content["kind"]) =>
    seen.flatMap(({ content }) =>
      content.kind === kind && liesOn(content, sheet) ? areaOn(content, sheet) : [],
    );
  const size = (pieces: readonly Piece[]) => pieces.reduce((sum, piece) => sum + areaOf(piece), 0);
  try {
    const [look, ignore] = [union(areas("evidence")), union(areas("not_evidence"))];
    const both = size(intersection(look, ignore));
    return both > TOLERATED * Math.min(size(look), size(ignore))
      ? `“${KIND_NAMES.evidence}” and “${KIND_NAMES.not_evidence}” overlap on this slice. Erase one of the two there: training refuses marks that contradict each other.`
      : null;
  } catch {
    return null; // the server checks again before it trains
  }
}

/** Where a drawing of another plane passes through the sheet: cuts of its outlines, by pairs. */
export function cutsOf(
  content: Content,
  sheet: Sheet,
  depth: (at: number, ring: number) => number,
): (readonly [Flat, Flat])[] {
  const rings = ringsOn(content, sheet);
  const crossings = rings.flatMap((ring, number) =>
    ring.flatMap((from, at): Flat[] => {
      const to = ring[(at + 1) % ring.length] ?? from;
      const [a, b] = [depth(at, number), depth((at + 1) % ring.length, number)];
      if (a >= 0 === b >= 0) {
        return [];
      }
      const share = a / (a - b);
      return [[from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]];
    }),
  );
  const sorted = crossings.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return sorted.flatMap((from, at) => {
    const to = sorted[at + 1];
    return at % 2 === 0 && to ? [[from, to] as const] : [];
  });
}

export function pixelRings(content: Content, sheet: Sheet): (readonly [number, number])[][] {
  return ringsOn(content, sheet).map((ring) => ring.map((flat) => pixelOfFlat(sheet, flat)));
}
