/** How two maps of one slice are laid side by side. */

import type { ExplanationMethod } from "../../../queries/explanations.ts";
import { paintEvidence } from "../../../viewer/colormap.ts";

/** Below it two maps tell different stories; the server draws the same line. */
export const LOW_AGREEMENT = 0.3;
const STRONG = 0.995;

/** The value at which the colors of a map saturate: its own strong places, as units differ. */
export function ownScale(map: Float32Array): number {
  const sizes = Float32Array.from(map, Math.abs).sort();
  return sizes[Math.floor(STRONG * (sizes.length - 1))] || sizes.at(-1) || 1;
}

/** Lay a signed map over a gray picture (0..1): RGBA, row after row; gray if it is not trusted. */
export function laidOver(
  picture: Float32Array,
  map: Float32Array,
  scale: number,
  isTrusted = true,
): Uint8ClampedArray<ArrayBuffer> {
  const colors = paintEvidence(map, scale, isTrusted);
  for (let pixel = 0; pixel < picture.length; pixel++) {
    const gray = 255 * (picture[pixel] ?? 0);
    const cover = (0.75 * (colors[pixel * 4 + 3] ?? 0)) / 255;
    for (let channel = 0; channel < 3; channel++) {
      const at = pixel * 4 + channel;
      colors[at] = gray * (1 - cover) + (colors[at] ?? 0) * cover;
    }
    colors[pixel * 4 + 3] = 255;
  }
  return colors;
}

/** What a person should know of how well a map agrees with the evidence map. */
export function agreementWords(agreement: number | null): string {
  if (agreement === null) {
    return "It cannot be compared place by place.";
  }
  const number = agreement.toFixed(2);
  if (agreement < LOW_AGREEMENT) {
    return `Low agreement with the evidence map (rank correlation ${number}): the two point to different places.`;
  }
  return agreement < 0.6
    ? `Some agreement with the evidence map (rank correlation ${number}).`
    : `Good agreement with the evidence map (rank correlation ${number}).`;
}

const TIERS = {
  instant: "At once",
  seconds: "Some seconds",
  background: "A minute or more",
} as const;

/** The methods as a list to choose from, by how long they take; not the map it is laid beside. */
export function choices(methods: readonly ExplanationMethod[]) {
  return (Object.keys(TIERS) as (keyof typeof TIERS)[]).map((tier) => ({
    group: TIERS[tier],
    items: methods
      .filter((method) => method.tier === tier && method.name !== "evidence")
      .map(({ name, title, missing }) => ({
        value: name as string,
        label: missing ? `${title} (needs ${missing})` : title,
        disabled: missing !== null,
      })),
  }));
}
