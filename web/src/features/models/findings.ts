/** What a certificate found, in the words and numbers the page shows. */

import type { Certificate, Difference, Score } from "../../queries/certificate.ts";

export type Rival = Difference["against"];

export const RIVALS: readonly Rival[] = ["before", "control_classification", "control_other_masks"];

export const RIVAL_NAMES: Readonly<Record<Rival, string>> = {
  before: "Before",
  control_classification: "Control: classes only",
  control_other_masks: "Control: another patient's marks",
};

export const VERDICTS: Readonly<
  Record<Certificate["verdict"], { readonly title: string; readonly means: string }>
> = {
  promote: {
    title: "Promote",
    means:
      "On patients it has never seen, it looks more where readers marked, because of their marks, and was shown not to be worse.",
  },
  refuse: {
    title: "Refuse",
    means: "It was not shown to be better because of the marks, or it became worse. It stays out.",
  },
  insufficient: {
    title: "Too few held-out patients to tell",
    means: "This is no pass: nothing was shown, neither for nor against. It cannot be promoted.",
  },
};

export const STATUS_WORDS: Readonly<Record<string, string>> = {
  feasible: "Every bound was kept, and no small change of the weights would do better.",
  "feasible, not stationary":
    "Every bound was kept. More steps would still move the weights: what holding each bound costs cannot be read from them.",
  infeasible: "No step kept the bound on every class: the weights are those of before.",
};

/** How often the same patients were asked, and what that leaves to luck. */
export function askedWords(
  certificate: Pick<Certificate, "attempt" | "level" | "asked_before">,
): string {
  const { attempt, level, asked_before: others } = certificate;
  const luck = `a promotion by luck may have p = ${String(Number(level.toPrecision(2))).replace(/^0/, "")}`;
  const beside =
    others === 0
      ? "They were asked about no other network."
      : `They were asked about ${others} other network${others === 1 ? "" : "s"}.`;
  return `Attempt ${attempt}, on these patients, to replace this version: ${luck}. ${beside}`;
}

/** A share as ".712", another number with its digits. */
export function number(value: number | null): string {
  if (value === null) {
    return "–";
  }
  const text = Math.abs(value) < 10 ? value.toFixed(3) : value.toFixed(1);
  return text.replace(/^(-?)0\./, "$1.").replace("-", "−");
}

export function interval({ low, high }: Score): string {
  return low === null || high === null ? "" : `${number(low)} to ${number(high)}`;
}

/** With its sign, because it is a difference. */
export function signed(value: number | null): string {
  return value !== null && value > 0 ? `+${number(value)}` : number(value);
}

export function pWords(p: number | null): string {
  if (p === null) {
    return "";
  }
  return p < 0.001 ? "p < .001" : `p ${number(p)}`;
}

/** Whether a difference is clear: its interval does not hold 0. */
export function isClear({ low, high }: Score): boolean {
  return low !== null && high !== null && (low > 0 || high < 0);
}

/** Whether a clear difference is one for the better. */
export function side(
  { difference }: Difference,
  better: "higher" | "lower",
): "better" | "worse" | "unclear" {
  if (!isClear(difference) || difference.value === null) {
    return "unclear";
  }
  return difference.value > 0 === (better === "higher") ? "better" : "worse";
}

/** "48 slices of 24 patients"; the most that any of the networks was measured on. */
export function measuredOn({ n, patients }: Score): string {
  return `${n} of ${patients}`;
}
