/** What the findings of a series say, in the words and order the page shows them. */

import type { Voxel } from "../../frames/affine.ts";
import type { Analysis, SeriesFinding, SliceFinding } from "../../queries/analyses.ts";
import type { Doubt } from "../../queries/doubt.ts";
import type { Series } from "../../queries/studies.ts";

/** What the rail shows: a decision over a volume, or what was said of one slice. */
export interface Shown {
  readonly of: string;
  readonly label: string;
  readonly p_class: Readonly<Record<string, number>>;
  readonly outlier_score: number | null;
  readonly doubt?: Doubt | null;
  readonly cautions: readonly string[];
}

export function findingOf(analysis: Analysis | null | undefined, seriesId: string) {
  return analysis?.series.find((finding) => finding.series_id === seriesId) ?? null;
}

export function sliceFindingAt(finding: SeriesFinding | null, index: number): SliceFinding | null {
  return finding?.slices.find((slice) => slice.index === index) ?? null;
}

export function shownFinding(finding: SeriesFinding | null, slice: number): Shown | null {
  if (!finding) {
    return null;
  }
  if (finding.decision) {
    const { label, p_class, outlier_score, doubt, cautions } = finding.decision;
    return {
      of: "whole volume",
      label,
      p_class,
      outlier_score: outlier_score ?? null,
      doubt: doubt ?? null,
      cautions: cautions ?? [],
    };
  }
  const here = sliceFindingAt(finding, slice);
  return here
    ? {
        of: `slice ${slice + 1}`,
        label: here.label,
        p_class: here.p_class,
        outlier_score: here.outlier_score ?? null,
        doubt: here.doubt ?? null,
        cautions: here.cautions ?? [],
      }
    : null;
}

/** The largest gap between a map and its score over all slices that were run. */
export function largestGap(finding: SeriesFinding | null): number | null {
  const gaps = finding?.slices.map((slice) => slice.completeness_error) ?? [];
  return gaps.length > 0 ? Math.max(...gaps) : null;
}

/** The voxel in the middle of the slice that decided most; the middle of the volume without one. */
export function firstVoxel(series: Series, finding: SeriesFinding | null): Voxel {
  const middle = (series.shape ?? [1, 1, 1]).map((count) => Math.floor(count / 2));
  const strongest = finding?.decided_by?.[0];
  if (strongest !== undefined && finding?.axis != null) {
    middle[finding.axis] = strongest;
  }
  return [middle[0] ?? 0, middle[1] ?? 0, middle[2] ?? 0];
}

/** The slice to open a stack of plain slices at: the surest tumor, else the first. */
export function firstSlice(finding: SeriesFinding | null): number {
  const tumors = (finding?.slices ?? []).filter((slice) => slice.label !== "notumor");
  const best = tumors.reduce<SliceFinding | null>(
    (surest, slice) =>
      (slice.p_class[slice.label] ?? 0) > (surest?.p_class[surest.label] ?? 0) ? slice : surest,
    null,
  );
  return best?.index ?? 0;
}

/** The voxel with the most evidence for the class. */
export function strongestVoxel(
  evidence: Int16Array,
  shape: readonly [number, number, number],
): Voxel {
  let best = 0;
  for (let at = 1; at < evidence.length; at++) {
    if ((evidence[at] ?? 0) > (evidence[best] ?? 0)) {
      best = at;
    }
  }
  const [ni, nj] = shape;
  return [best % ni, Math.floor(best / ni) % nj, Math.floor(best / (ni * nj))];
}

/**
 * All doubts about what is on display, each once: first those about the study as a whole, then
 * those of what was measured in space.
 */
export function allCautions(
  analysis: Analysis | null | undefined,
  finding: SeriesFinding | null,
  shown: Shown | null,
  series: Series,
  measured: readonly string[] = [],
): string[] {
  return [
    ...new Set([
      ...(analysis?.cautions ?? []),
      ...measured,
      ...(shown?.cautions ?? []),
      ...(finding?.cautions ?? []),
      ...(series.cautions ?? []),
    ]),
  ];
}

/** The value at which the colors of a class saturate: a constant of the model. */
export function scaleOf(analysis: Analysis, target: string): number {
  return analysis.evidence.scale[target] ?? 1;
}

/**
 * From which value on a place belongs to the finding: a share of the peak of its slice, or of the
 * scale for a volume, but never what slices without the class reach.
 */
export function thresholdOf(analysis: Analysis, target: string, peak: number): number {
  const { threshold, floor } = analysis.evidence;
  return Math.max(threshold * peak, floor[target] ?? 0);
}
