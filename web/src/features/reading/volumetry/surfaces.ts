/** Which surfaces the 3D view shows, how, and what a plane cuts from them. */

import type { Mm } from "../../../frames/affine.ts";
import { BYTE_STEP, type Volumetry } from "../../../queries/volumetry.ts";
import { isosurface, reduced } from "../../../viewer/isosurface.ts";
import type { Box, Mesh } from "../../../viewer/mesh.ts";
import { colorOf, FUSED } from "../../../viewer/palette.ts";
import type { Cut } from "../../../viewer/picking.ts";
import type { SurfaceStyle } from "../../../viewer/space.ts";
import type { Clip } from "../../../viewer/store.ts";

/** All shells of evidence go by one name in the list of surfaces. */
export const EVIDENCE = "evidence";
/** What fused evidence can reach at most, in units of strong evidence. */
const MOST = 2;
const SHELLS = 3;
/** Coarser maps give the same shells in a tenth of the time. */
const MOST_VOXELS = 1_500_000;
const OPACITY: Readonly<Record<string, number>> = { WT: 0.3, TC: 0.5, ET: 1 };

/** Levels from the threshold upward, one inside of the other. */
export function shellLevels(threshold: number): number[] {
  const low = Math.min(Math.max(threshold, 0.05), MOST * 0.9);
  return Array.from({ length: SHELLS }, (_, at) => low + ((MOST - low) * at) / SHELLS);
}

/** Nested surfaces of the fused evidence; levels that nothing reaches are left out. */
export function evidenceShells(volumetry: Volumetry, evidence: Uint8Array): Mesh[] {
  const { shape, affine_ras_mm: affine } = volumetry.reference;
  const map = reduced({ values: evidence, shape, affine }, MOST_VOXELS);
  return shellLevels(volumetry.evidence?.threshold ?? 0.5)
    .map((level, at) => isosurface(`${EVIDENCE} ${at}`, map, level / BYTE_STEP.evidence))
    .filter(({ triangles }) => triangles.length > 0);
}

/** The name of a surface in the list of surfaces: shells share one. */
export function listedName(name: string): string {
  return name.startsWith(EVIDENCE) ? EVIDENCE : name;
}

/** What is remembered of a surface that the reader does not want. */
export function unwantedKey(name: string): string {
  return `3d:${name}`;
}

export function surfaceStyle(
  name: string,
  glass: number,
  unwanted: readonly string[],
): SurfaceStyle {
  const isShown = !unwanted.includes(unwantedKey(listedName(name)));
  if (listedName(name) === EVIDENCE) {
    const at = Number(name.split(" ")[1] ?? 0);
    return { color: at === SHELLS - 1 ? FUSED[1] : FUSED[0], opacity: 0.25 + 0.25 * at, isShown };
  }
  if (name === "brain") {
    return { color: colorOf(name), opacity: glass, isShown: isShown && glass > 0 };
  }
  return { color: colorOf(name), opacity: OPACITY[name] ?? 0.5, isShown };
}

const SIDES: Readonly<Record<Clip["side"], readonly [axis: 0 | 1 | 2, sign: 1 | -1]>> = {
  R: [0, 1],
  L: [0, -1],
  A: [1, 1],
  P: [1, -1],
  S: [2, 1],
  I: [2, -1],
};

/** The plane that takes a share of the box away from one side of the patient. */
export function cutOf(clip: Clip, box: Box | null): Cut | null {
  if (!clip.isOn || !box) {
    return null;
  }
  const [axis, sign] = SIDES[clip.side];
  const [from, to] = sign > 0 ? [box.high[axis], box.low[axis]] : [box.low[axis], box.high[axis]];
  const place = (at: number) => (at === axis ? from + (to - from) * clip.share : 0);
  const along = (at: number) => (at === axis ? -sign : 0);
  const triple = (number: (at: number) => number): Mm => [number(0), number(1), number(2)];
  return { origin: triple(place), normal: triple(along) };
}
