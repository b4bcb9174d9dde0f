/** What is said of similar cases, in words. */

import { className } from "../../queries/classes.ts";
import type { Compared, Neighbor, Similar } from "../../queries/similar.ts";
import { counted, inPercent } from "../../ui/words.ts";

const FEATURES: Readonly<Record<string, string>> = {
  label: "class",
  sequence: "sequence",
  plane: "plane",
  grade: "grade",
  site: "site",
  source: "source",
  volume_ml: "volume",
  lesion_share: "size in the slice",
  lesion_brightness: "brightness of the lesion",
  age: "age",
  place: "place in the slice",
};
const UNITS: Readonly<Record<string, string>> = { volume_ml: " ml", age: " years" };

export const BY: Readonly<Record<string, string>> = {
  model: "by the network",
  reader: "by readers",
  reference: "known",
};

export function featureName(feature: string): string {
  return FEATURES[feature] ?? feature;
}

/** A value as a reader says it. */
export function valueText(feature: string, value: string | number | null): string {
  if (value === null) {
    return "not known";
  }
  if (typeof value === "string") {
    return feature === "label" ? className(value) : value.replace(/ \(.*\)$/, "");
  }
  if (feature === "lesion_share") {
    return inPercent(value);
  }
  return `${Number(value.toPrecision(3))}${UNITS[feature] ?? ""}`;
}

/** What is known of both: of a plain picture nobody knows the sequence. */
export function knownOf({ compared }: Neighbor): readonly Compared[] {
  return compared.filter(({ feature, query, match }) => {
    const isPlain = query === "slice" || match === "slice";
    return !(feature === "sequence" && isPlain);
  });
}

/** What both have in common; the class stands in the title already. */
export function alikeText(rows: readonly Compared[]): string {
  const alike = rows.filter(({ is_alike }) => is_alike).map(({ feature }) => featureName(feature));
  return alike.join(", ");
}

/** What differs: theirs, where the query has something else. */
export function differsText(rows: readonly Compared[]): string {
  return rows
    .filter(({ is_alike }) => !is_alike)
    .map(({ feature, query, match }) => {
      const [here, there] = [valueText(feature, query), valueText(feature, match)];
      return `${featureName(feature)} (${there}, here ${here})`;
    })
    .join(", ");
}

/** What a case turned out to be. */
export function answerText({ facts }: Neighbor): string {
  return facts.label ? className(facts.label) : "Not known what it was";
}

/** "8 of 10 neighbors: meningioma." and how often such votes are right. */
export function trustText({ vote, neighbors }: Similar): readonly string[] {
  if (vote.label === null) {
    return []; // a caution says that no person has named any of them
  }
  const same = neighbors.filter(
    ({ facts }) => facts.label === vote.label && facts.label_source !== "model",
  ).length;
  const named = Math.min(vote.labeled, neighbors.length);
  const first = `${same} of ${counted(named, "named neighbor")}: ${className(vote.label)}.`;
  if (vote.p_right === null) {
    const n = vote.p_right_cases;
    return [first, `How often that is right is not known: insufficient labeled cases (n = ${n}).`];
  }
  const [low, high] = vote.p_right_interval ?? [0, 1];
  return [
    first,
    `When neighbors agreed like this, they were right in ${inPercent(vote.p_right)} ` +
      `(${inPercent(low)} to ${inPercent(high)}, n = ${vote.p_right_cases}).`,
  ];
}

/** Where the neighbors were made; null if nobody knows. */
export function sourceText({ same_source, base_same_source }: Similar): string | null {
  if (same_source === null || base_same_source === null) {
    return null;
  }
  return (
    `Same source: ${inPercent(same_source)} of the neighbors, ` +
    `${inPercent(base_same_source)} of all cases.`
  );
}

/** When and where, as far as it is known. */
export function placeText({ facts }: Neighbor): string {
  return [facts.date, facts.source, facts.grade ? `grade ${facts.grade}` : null]
    .filter(Boolean)
    .join(" · ");
}

export const FILTER_HINT =
  "class, sequence, plane, grade, site, source, age, volume, date. Several: class=glioma,meningioma. " +
  "Ranges: age=40..60, volume=..20, date=2024-01-31... A case of which a fact is not known never fits.";
