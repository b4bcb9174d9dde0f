import { expect, it } from "vitest";
import type { TrainingPoint, TrainingRun } from "../../queries/training.ts";
import { comparisonOf, keptPoint, namedRuns, panelsOf, tradeOffOf } from "./curves.ts";

const PLAIN = { polish: null, swap_ignored: false } as const;

function pointOf(step: number, facts: Partial<TrainingPoint> = {}): TrainingPoint {
  return {
    step,
    loss: 1 - step / 100,
    held_out_loss: null,
    cross_entropy: { glioma: 0.2 },
    violation: { glioma: -0.05, meningioma: 0.01 },
    held_out_violation: { glioma: -0.02, meningioma: null },
    multipliers: { glioma: 0, meningioma: 0.4 },
    penalty: 1,
    energy: 0.5,
    held_out_energy: null,
    held_out_accuracy: 0.9,
    feasible: true,
    ...facts,
  };
}

function runOf(id: string, facts: Partial<TrainingRun> = {}): TrainingRun {
  return {
    id,
    name: "",
    group_id: null,
    state: "done",
    progress: 1,
    message: "",
    problem: null,
    attempt: 1,
    actor: null,
    created: "2026-01-15T09:30:00Z",
    updated: "2026-01-15T09:30:00Z",
    config: { loss: "energy", tier: "last", epsilon: 0.05, steps: 90, seed: 0, ...PLAIN },
    annotation_ids: null,
    annotation_head: null,
    manifest: null,
    cautions: [],
    points: [pointOf(0), pointOf(10, { energy: 0.7 })],
    outcome: null,
    model_id: null,
    verdict: null,
    tracking: null,
    has_previews: false,
    ...facts,
  };
}

function outcomeOf(step: number, status = "feasible"): TrainingRun["outcome"] {
  return {
    status,
    step,
    weights_sha256: "",
    manifest_sha256: "",
    kkt_residual: null,
    seconds: 1,
    threads: 1,
  };
}

it("every class has its room, with the bound at 0; what was not measured has no curve", () => {
  const panels = panelsOf(runOf("a"));
  const room = panels.find(({ title }) => title.startsWith("Room"));
  expect(room?.bound?.value).toBe(0);
  expect(room?.curves.map(({ name }) => name)).toEqual([
    "Glioma",
    "Meningioma",
    "Glioma, held out",
  ]);
  const evidence = panels.find(({ title }) => title.startsWith("Evidence"));
  expect(evidence?.curves.map(({ name, points }) => [name, points])).toEqual([
    [
      "learned from",
      [
        [0, 0.5],
        [10, 0.7],
      ],
    ],
  ]);
});

it("a training without points has no charts", () => {
  expect(panelsOf(runOf("a", { points: [] }))).toEqual([]);
});

it("several trainings share the axes, each by the class that is worst off", () => {
  const panels = comparisonOf([runOf("a"), runOf("b", { name: "Second" })]);
  const room = panels.find(({ title }) => title.startsWith("Room"));
  expect(room?.curves.map(({ points }) => points[0])).toEqual([
    [0, 0.01],
    [0, 0.01],
  ]);
  expect(new Set(room?.curves.map(({ color }) => color)).size).toBe(2);
});

it("trainings that were asked the same are told apart by a number", () => {
  expect(
    namedRuns([runOf("a"), runOf("b"), runOf("c", { name: "Mine" })]).map(([name]) => name),
  ).toEqual([
    "energy, ε 0.05, seed 0 1",
    "energy, ε 0.05, seed 0 2",
    "Mine (energy, ε 0.05, seed 0)",
  ]);
});

it("the trade-off counts ended trainings at the weights they kept, in order of the bound", () => {
  const config = { loss: "energy", tier: "last", steps: 90, seed: 0, ...PLAIN } as const;
  const runs = [
    runOf("wide", { config: { ...config, epsilon: 0.3 }, outcome: outcomeOf(10) }),
    runOf("tight", { config: { ...config, epsilon: 0.02 }, outcome: outcomeOf(0, "infeasible") }),
    runOf("running", { config: { ...config, epsilon: 0.1 } }),
  ];
  expect(
    tradeOffOf(runs).map(({ epsilon, energy, isFeasible }) => [epsilon, energy, isFeasible]),
  ).toEqual([
    [0.02, 0.5, false],
    [0.3, 0.7, true],
  ]);
  expect(keptPoint(runs[0] as TrainingRun)?.step).toBe(10);
});
