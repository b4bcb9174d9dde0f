/** What the rules of the queue and the numbers of agreement mean, in words. */

import type { Interval, MarkKind, NextSlice } from "../../queries/readers.ts";

export const RULE_WORDS: Readonly<Record<NextSlice["rule"], string>> = {
  badge: "Unsure",
  margin: "Unsure",
  entropy: "Unsure",
  bald: "Unsure",
  typical: "Typical",
  k_center: "Unlike others",
  suspicious: "Looks elsewhere",
  random: "At random",
};

export const KIND_WORDS: Readonly<Record<MarkKind, string>> = {
  tumor: "Tumor",
  evidence: "Look here",
  not_evidence: "Ignore this",
};

/** Where a slice is opened in the reading room: a picture by its number, a volume by a point in mm. */
export function addressOf(
  slice: Pick<NextSlice, "study_id" | "series_id" | "index" | "position_mm">,
): string {
  const { study_id: study, series_id: series, index, position_mm: at } = slice;
  const place = at ? `at=${at.map((mm) => mm.toFixed(1)).join(",")}` : `slice=${index}`;
  return `/studies/${study}?series=${series}&${place}`;
}

/** ".87 (.81 to .92)"; the interval stands only where there are enough patients for one. */
export function intervalWords(found: Interval | null | undefined, digits = 2): string {
  if (!found || found.value === null) {
    return "–";
  }
  const text = (value: number) =>
    value
      .toFixed(digits)
      .replace(/^(-?)0\./, "$1.")
      .replace("-", "−");
  const { value, low, high } = found;
  return low === null || high === null
    ? text(value)
    : `${text(value)} (${text(low)} to ${text(high)})`;
}

/** Landis and Koch's words for kappa; a habit of the field, not a measure. */
export function kappaWords(kappa: number): string {
  const steps: [number, string][] = [
    [0, "none"],
    [0.2, "slight"],
    [0.4, "fair"],
    [0.6, "moderate"],
    [0.8, "substantial"],
  ];
  return steps.find(([most]) => kappa <= most)?.[1] ?? "almost perfect";
}
