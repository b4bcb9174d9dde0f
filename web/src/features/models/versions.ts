/** What the registry says of versions, in the order and words the page shows. */

import type { AnalysisRow } from "../../queries/comparison.ts";
import type { ModelVersion, Verdict } from "../../queries/models.ts";

export const STATUS_WORDS: Readonly<Record<ModelVersion["status"], string>> = {
  active: "Active",
  candidate: "Candidate",
  retired: "Retired",
  rejected: "Put aside",
};

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  promote: "Promote",
  refuse: "Refuse",
  insufficient: "Too few cases",
};

const MODEL_NAMES: Readonly<Record<string, string>> = {
  evidence: "Evidence network (class of a slice)",
  segmenter: "Segmenter (outlines in a volume)",
  brain: "Brain finder",
  plane: "Plane check (audit of data)",
  pose: "Pose check",
};

export function modelName(name: string): string {
  return MODEL_NAMES[name] ?? name;
}

export interface ModelGroup {
  readonly name: string;
  readonly versions: readonly ModelVersion[];
}

/** Versions by model: first the one that learns from readers, then by name. */
export function groupedByModel(versions: readonly ModelVersion[]): ModelGroup[] {
  const names = [...new Set(versions.map(({ model }) => model.name))].sort();
  const first = names.filter((name) => name === "evidence");
  return [...first, ...names.filter((name) => name !== "evidence")].map((name) => ({
    name,
    versions: versions.filter(({ model }) => model.name === name),
  }));
}

/** A version and all it was trained from, the oldest first. */
export function lineageOf(version: ModelVersion, all: readonly ModelVersion[]): ModelVersion[] {
  const line: ModelVersion[] = [];
  let here: ModelVersion | undefined = version;
  while (here && !line.includes(here)) {
    line.unshift(here);
    const parent: string | null = here.parent;
    here = all.find(({ id }) => id === parent);
  }
  return line;
}

/** Why a version cannot be made the active one; null if it can. */
export function whyNotPromotable({ status, verdict }: ModelVersion): string | null {
  if (status === "active") {
    return "It is the active version.";
  }
  if (status === "retired") {
    return "It was active before. Go back to it from the version that took its place.";
  }
  if (status === "rejected") {
    return verdict === "refuse" ? "Its certificate refuses it." : "It was put aside.";
  }
  if (verdict === null) {
    return "It has no certificate. Nothing is promoted without one.";
  }
  return verdict === "promote"
    ? null
    : verdict === "refuse"
      ? "Its certificate refuses it."
      : "There were too few held-out cases to tell whether it is better.";
}

export function canGoBack({ status, displaced }: ModelVersion): boolean {
  return status === "active" && displaced !== null;
}

/** Settings of a run as one line each, nested ones by their path. */
export function settingRows(
  config: Readonly<Record<string, unknown>>,
  path = "",
): [string, string][] {
  return Object.entries(config).flatMap(([key, value]): [string, string][] => {
    const name = path ? `${path}.${key}` : key;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return settingRows(value as Record<string, unknown>, name);
    }
    return [[name, Array.isArray(value) ? value.join(", ") : String(value)]];
  });
}

/** A measured number with its interval: ".9718 (.9559 to .9829)". */
export function metricWords(value: number, interval: readonly number[] | null | undefined): string {
  const digits = (number: number) =>
    Math.abs(number) < 100 ? number.toFixed(3).replace(/^(-?)0\./, "$1.") : number.toFixed(0);
  const [low, high] = interval ?? [];
  return low === undefined || high === undefined
    ? digits(value)
    : `${digits(value)} (${digits(low)} to ${digits(high)})`;
}

/** The newest finished analysis that a version made. */
export function analysisBy(
  { model }: Pick<ModelVersion, "model">,
  analyses: readonly AnalysisRow[],
): AnalysisRow | null {
  return analyses.find((one) => one.model.sha256 === model.sha256 && one.finished !== null) ?? null;
}
