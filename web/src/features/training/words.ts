/** How it stands with a training, in words. */

import type { TrainingRun } from "../../queries/training.ts";

const STATES: Readonly<Record<TrainingRun["state"], string>> = {
  queued: "Waiting",
  running: "At work",
  done: "Done",
  failed: "Failed",
  canceled: "Stopped",
};

export function stateWords({ state }: Pick<TrainingRun, "state">): string {
  return STATES[state];
}

export const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  feasible: "All bounds kept",
  "feasible, not stationary": "All bounds kept",
  infeasible: "No step kept the bounds",
};

/** What came of it, for those who do not know the words of optimization. */
export function outcomeWords({ outcome, model_id: modelId, verdict }: TrainingRun): string {
  if (!outcome) {
    return "";
  }
  if (outcome.status === "infeasible") {
    return "No step kept the bound of every class: the network stays as it was, and there is nothing to promote. Allow more (a larger ε), or annotate more slices.";
  }
  const kept = `The best weights that kept all bounds are those after step ${outcome.step}.`;
  const still =
    outcome.status === "feasible"
      ? ""
      : " More steps might still improve them: they are no resting point yet.";
  if (!modelId) {
    return `${kept}${still}`;
  }
  const fate =
    verdict === "refuse"
      ? "They are registered, but their certificate refuses them."
      : "They are registered as a candidate.";
  return `${kept}${still} ${fate}`;
}

export function inSeconds(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.round(seconds)} s`;
}
