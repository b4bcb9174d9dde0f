/** What the grid calls things. */

import { CLASS_NAMES, className } from "../../queries/classes.ts";
import type { GridSlice, Verdict } from "../../queries/validation.ts";
import { inPercent } from "../../ui/words.ts";

export type Facet =
  | "truth"
  | "predicted"
  | "reason"
  | "dominant"
  | "passport"
  | "abstained"
  | "verdict";

export const VERDICTS: readonly { readonly value: Verdict; readonly name: string }[] = [
  { value: "plausible", name: "Plausible" },
  { value: "partly", name: "Partly" },
  { value: "artefact", name: "Artefact" },
];

export const REGION_NAMES: Readonly<Record<string, string>> = {
  tumor: "Tumor",
  peritumoral: "Around the tumor",
  brain: "Other brain",
  skull: "Skull and scalp",
  border: "Border of the picture",
  background: "Background",
  text: "Burned-in text",
};

interface FacetWords {
  readonly facet: Facet;
  readonly title: string;
  /** What it means, in a sentence. */
  readonly about: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Every facet with its values, in the order they are shown. */
export const FACETS: readonly FacetWords[] = [
  {
    facet: "reason",
    title: "Right or wrong, and why",
    about: "Needs a reader’s answer and an outline of the tumor.",
    values: {
      right_elsewhere: "Right for the wrong reason",
      wrong_there: "Wrong, looking at the tumor",
      wrong_elsewhere: "Wrong, looking elsewhere",
      right_there: "Right, looking at the tumor",
      unknown: "Cannot be told",
    },
  },
  {
    facet: "dominant",
    title: "Where most evidence lies",
    about: "The region with more than 40 % of the evidence for the answer.",
    values: {
      ...REGION_NAMES,
      diffuse: "Spread out",
      "no evidence": "No evidence",
      unknown: "Not looked at yet",
    },
  },
  {
    facet: "passport",
    title: "Tests of the map",
    about: "A map that failed is shown in gray.",
    values: {
      passed: "Passed",
      failed: "Failed",
      "not assessed": "Could not be tested",
      unknown: "Not tested yet",
    },
  },
  {
    facet: "abstained",
    title: "Did the network answer?",
    about: "It abstains where a picture is unlike all it knows.",
    values: { no: "It answered", yes: "It abstained" },
  },
  {
    facet: "verdict",
    title: "Your verdict on the map",
    about: "Others’ verdicts are shown on a slice once you have given yours.",
    values: {
      plausible: "Plausible",
      partly: "Partly",
      artefact: "Artefact",
      none: "Not judged yet",
    },
  },
  {
    facet: "truth",
    title: "What readers say",
    about: "The answers given while drawing; a whole volume’s answer counts where its tumor is.",
    values: { ...CLASS_NAMES, disputed: "Readers differ", unknown: "No answer yet" },
  },
  { facet: "predicted", title: "What the network says", about: "", values: { ...CLASS_NAMES } },
];

export function valueName(facet: Facet, value: string): string {
  return FACETS.find((one) => one.facet === facet)?.values[value] ?? value;
}

/** What a reader has to know about a slice at a glance, worst first. */
export function marksOf(slice: GridSlice): string[] {
  const marks: string[] = [];
  if (slice.abstained) {
    marks.push("abstained");
  }
  if (slice.reason === "right_elsewhere") {
    marks.push("wrong reason");
  }
  if (slice.passport === "failed") {
    marks.push("map failed");
  }
  if (slice.focus?.flags.includes("evidence off the brain")) {
    marks.push("off the brain");
  }
  return marks;
}

/** Whether the network was right; null if nobody can tell. */
export function isRight({ truth, predicted }: Pick<GridSlice, "truth" | "predicted">) {
  return truth in CLASS_NAMES ? truth === predicted : null;
}

/** Where a slice is opened to be read. */
export function placeOf(slice: GridSlice): string {
  const { study_id: study, series_id: series, position_mm: at } = slice;
  const where = at ? `at=${at.map((mm) => mm.toFixed(1)).join(",")}` : `slice=${slice.index}`;
  return `/studies/${study}?series=${series}&${where}`;
}

/** A slice in one sentence, for those who do not see it. */
export function labelOf(slice: GridSlice): string {
  return [
    `${slice.pseudonym}, ${slice.name}`,
    `network ${className(slice.predicted)} ${inPercent(slice.p_predicted)}`,
    `readers ${valueName("truth", slice.truth)}`,
    ...marksOf(slice),
    ...(slice.verdict === "none" ? [] : [`you said ${slice.verdict}`]),
  ].join(", ");
}
