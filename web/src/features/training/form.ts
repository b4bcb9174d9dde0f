/** What a form of a training means, in words and as the request. */

import type { TrainingChoices, TrainingWish } from "../../queries/training.ts";

export interface Draft {
  readonly name: string;
  readonly loss: TrainingWish["loss"];
  readonly tier: TrainingWish["tier"];
  readonly epsilon: number;
  readonly steps: number;
  readonly seed: number;
  /** Evaluations after the steps until the weights come to rest; null leaves it to the choice of what learns. */
  readonly polish: number | null;
  readonly swapIgnored: boolean;
  /** Several bounds, one training each. */
  readonly isTradeOff: boolean;
  readonly epsilons: string;
  /** Slices that shall not be learned from, by `keyOf`. */
  readonly without: ReadonlySet<string>;
}

export const LOSS_NAMES: Readonly<Record<TrainingWish["loss"], string>> = {
  energy: "Evidence on the marks (usual)",
  rrr_cam: "No evidence on “ignore this”",
  rrr_input: "Pixels of “ignore this” do not matter (slow)",
  hint: "As strong on the marks as anywhere",
  l1: "A map like the marks",
  none: "Classes only, to compare with",
};

export const TIER_NAMES: Readonly<Record<TrainingWish["tier"], string>> = {
  head: "The answer of each place only",
  adapter: "A small correction before it",
  last: "The last block (usual)",
  full: "The whole network",
};

export const MOST_EPSILONS = 6;
export const USUAL_EPSILONS = "0.02, 0.05, 0.1, 0.3";

export function draftOf({ defaults }: Pick<TrainingChoices, "defaults">): Draft {
  return {
    name: "",
    loss: defaults.loss,
    tier: defaults.tier,
    epsilon: defaults.epsilon,
    steps: defaults.steps,
    seed: defaults.seed,
    polish: defaults.polish ?? null,
    swapIgnored: defaults.swap_ignored ?? false,
    isTradeOff: false,
    epsilons: USUAL_EPSILONS,
    without: new Set(),
  };
}

type Slice = TrainingChoices["slices"][number];

export function keyOf({ series_id: series, index, plane }: Slice): string {
  return `${series}/${plane ?? ""}/${index}`;
}

/** Slices that a training may learn from: with an answer, and not kept for the certificate. */
export function usable(slices: readonly Slice[]): Slice[] {
  return slices.filter((slice) => slice.left_out === null && !slice.is_locked);
}

/** A slice and all that hang on it: what is drawn through a volume is learned from as a whole. */
export function together(slice: Slice, slices: readonly Slice[]): string[] {
  const ids = new Set(slice.annotation_ids);
  let found: Slice[] = [];
  let size = 0;
  do {
    size = ids.size;
    found = slices.filter((one) => one.annotation_ids.some((id) => ids.has(id)));
    for (const id of found.flatMap((one) => one.annotation_ids)) {
      ids.add(id);
    }
  } while (ids.size > size);
  return found.map(keyOf);
}

/** The bounds that were typed; null if one is no bound, or there are too many. */
export function readEpsilons(typed: string): number[] | null {
  const values = typed
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);
  const isRight = values.every((value) => Number.isFinite(value) && value >= 0 && value <= 5);
  const different = [...new Set(values)];
  return isRight && different.length > 0 && different.length <= MOST_EPSILONS ? different : null;
}

/** What a bound means for the probability of the right answer, geometric mean over a class. */
export function boundWords(epsilon: number): string {
  const percent = (1 - Math.exp(-epsilon)) * 100;
  const share = percent < 10 ? percent.toFixed(1).replace(/\.0$/, "") : percent.toFixed(0);
  return `On average the probability of the right answer may fall by ${share} % at most, in every class by itself.`;
}

/** Why the form cannot be sent; null if it can. */
export function hindrance(draft: Draft, choices: Pick<TrainingChoices, "slices">): string | null {
  if (usable(choices.slices).length === 0) {
    return "Nothing is annotated yet that can be learned from.";
  }
  if (usable(choices.slices).every((slice) => draft.without.has(keyOf(slice)))) {
    return "No slice is chosen to learn from.";
  }
  if (draft.isTradeOff && readEpsilons(draft.epsilons) === null) {
    return `Give one to ${MOST_EPSILONS} bounds between 0 and 5, with commas between them.`;
  }
  return null;
}

export function wishOf(draft: Draft, choices: Pick<TrainingChoices, "slices">): TrainingWish {
  const { name, loss, tier, epsilon, steps, seed } = draft;
  const chosen = usable(choices.slices).filter((slice) => !draft.without.has(keyOf(slice)));
  const kept = choices.slices.filter(({ is_locked: isLocked }) => isLocked);
  return {
    name: name.trim(),
    loss,
    tier,
    epsilon,
    steps,
    seed,
    polish: draft.polish,
    swap_ignored: draft.swapIgnored,
    ...(draft.isTradeOff ? { epsilons: readEpsilons(draft.epsilons) } : {}),
    // What is kept for the certificate stays in it, whatever is learned from.
    ...(draft.without.size > 0
      ? { annotation_ids: [...new Set([...chosen, ...kept].flatMap((one) => one.annotation_ids))] }
      : {}),
  };
}
