/** What a person should know of a part of a slice that was replaced by plausible tissue. */

import type { Region, Replacement } from "../../../queries/replacements.ts";

/** Of the score: a smaller fall is hardly one. */
const HARDLY = 0.1;
/** Of the score: if as much is left, it rests on other places, too. */
const MUCH_LEFT = 0.5;

export const REGION_NAMES: Readonly<Record<Region, string>> = {
  tumor: "The outlined tumor",
  map: "Where the map points",
};

const PLACES: Readonly<Record<Region, string>> = {
  tumor: "the tumor",
  map: "the place that the map points to",
};

const BY = {
  reader: "Outlined by a reader.",
  predicted: "Outlined by the segmentation.",
  map: "The place of the evidence map: this tests the map, not the tumor.",
} as const;

export function outlinedBy(by: Replacement["outlined_by"]): string {
  return by ? BY[by] : "";
}

export function inScore(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

/** What follows from the fall of the score, and from the falls of the shams. */
export function replacedWords(found: Replacement, name: string): string | null {
  const { before, after, drop, sham_drops: shams } = found;
  if (before === null || after === null || drop === null) {
    return null;
  }
  const place = PLACES[found.region];
  const fromTo = `from ${inScore(before)} to ${inScore(after)}`;
  if (drop < HARDLY * Math.abs(before)) {
    const how = drop <= 0 ? "does not fall" : "hardly falls";
    return `Without ${place} the score for ${name} ${how} (${fromTo}): it rests on other places.`;
  }
  const falls = `Without ${place} the score for ${name} falls ${fromTo}`;
  if (shams.length === 0) {
    return `${falls}. No other place of this shape is free in the brain: how much of this comes from the replacing itself is not known.`;
  }
  const asMuch = shams.filter((sham) => sham >= drop).length;
  if (asMuch > 0) {
    return `${falls}, but healthy tissue of the same shape does as much at ${asMuch} of ${shams.length} other places: no sign that the score rests on this one.`;
  }
  const rest =
    after > MUCH_LEFT * before ? " Much of it is left: it rests on other places, too." : "";
  return `${falls}, further than for healthy tissue of the same shape at any of ${shams.length} other places: the score rests on this place.${rest}`;
}

/** The fall in the middle of the shams. */
export function middle(drops: readonly number[]): number | null {
  const sorted = [...drops].sort((one, other) => one - other);
  const half = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.max(0, sorted.length % 2 ? half : half - 1)], sorted[half]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** Of the gray: what differs less was not replaced. */
const SEEN = 0.004;

/** Where a picture was changed (1 inside): between the outermost changed pixels, down and across. */
export function changed(
  picture: Float32Array,
  other: Float32Array,
  columns: number,
): Float32Array<ArrayBuffer> {
  const rows = picture.length / columns;
  const reach = (count: number) =>
    Array.from({ length: count }, () => [count * rows * columns, -1]);
  const [across, down] = [reach(rows), reach(columns)];
  const grow = (span: number[] | undefined, at: number) =>
    span?.splice(0, 2, Math.min(span[0] ?? at, at), Math.max(span[1] ?? at, at));
  picture.forEach((gray, pixel) => {
    if (Math.abs(gray - (other[pixel] ?? gray)) > SEEN) {
      grow(across[Math.floor(pixel / columns)], pixel % columns);
      grow(down[pixel % columns], Math.floor(pixel / columns));
    }
  });
  const holds = (span: number[] | undefined, at: number) =>
    at >= (span?.[0] ?? 0) && at <= (span?.[1] ?? -1);
  return Float32Array.from(picture, (_, pixel) => {
    const [row, column] = [Math.floor(pixel / columns), pixel % columns];
    return holds(across[row], column) && holds(down[column], row) ? 1 : 0;
  });
}

const OUTLINE = [255, 176, 46] as const;

/** A gray picture (0..1) with the rim of a part (1 inside) drawn on it: RGBA, row after row. */
export function outlined(
  picture: Float32Array,
  part: Float32Array | null,
  columns: number,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(picture.length * 4);
  const isIn = (pixel: number) => (part?.[pixel] ?? 0) > 0;
  for (let pixel = 0; pixel < picture.length; pixel++) {
    const around = [pixel - 1, pixel + 1, pixel - columns, pixel + columns];
    const isRim = !isIn(pixel) && around.some(isIn);
    const gray = 255 * (picture[pixel] ?? 0);
    rgba.set(isRim ? [...OUTLINE, 255] : [gray, gray, gray, 255], pixel * 4);
  }
  return rgba;
}
