/** What the points of trainings look like as curves: of one training by class, of several by run. */

import { className, TUMOR_CLASSES } from "../../queries/classes.ts";
import type { TrainingPoint, TrainingRun } from "../../queries/training.ts";
import type { Curve, Place } from "../../ui/chartData.ts";

/** Told apart also by eyes that see no red or green (Okabe and Ito). */
export const COLORS = ["#56b4e9", "#e69f00", "#5fd0a5", "#cc79a7", "#f0e442", "#d9772f"] as const;
const CLASS_COLORS: Readonly<Record<string, string>> = {
  glioma: "#e69f00",
  meningioma: "#56b4e9",
  pituitary: "#5fd0a5",
  notumor: "#cc79a7",
};

type Read = (point: TrainingPoint) => number | null | undefined;

export function curveOf(
  name: string,
  color: string,
  points: readonly TrainingPoint[],
  read: Read,
  isDashed = false,
): Curve {
  const places = points.map((point): Place => [point.step, read(point) ?? null]);
  return { name, color, points: places, isDashed };
}

/** A curve without any value says nothing. */
function filled(curves: readonly Curve[]): Curve[] {
  return curves.filter(({ points }) => points.some(([, value]) => value !== null));
}

/** What a run is called: its name, or what it was asked. */
export function runName({ name, config }: Pick<TrainingRun, "name" | "config">): string {
  const wish = `${config.loss}, ε ${config.epsilon}, seed ${config.seed}`;
  return name ? `${name} (${wish})` : wish;
}

/** Short names that tell runs apart: two of one name get a number. */
export function namedRuns(runs: readonly TrainingRun[]): (readonly [string, TrainingRun])[] {
  const names = runs.map(runName);
  return runs.map((run, at) => {
    const name = names[at] ?? run.id;
    const same = names.filter((one) => one === name).length;
    return [
      same > 1 ? `${name} ${names.slice(0, at + 1).filter((one) => one === name).length}` : name,
      run,
    ];
  });
}

export interface Panel {
  readonly title: string;
  readonly about: string;
  readonly curves: readonly Curve[];
  readonly bound?: { readonly value: number; readonly name: string };
  readonly range?: readonly [number, number];
}

const SHARE = [0, 1] as const;
const ACCURACY = [0.5, 1] as const;
const BOUND = { value: 0, name: "bound" };

/** The charts of one training: what it learns, what it must not give up, and what that costs. */
export function panelsOf({ points }: Pick<TrainingRun, "points">): Panel[] {
  const [own, other] = [COLORS[0], COLORS[1]];
  return withCurves([
    {
      title: "Evidence where you marked",
      about: "Share of the evidence for the answer on “look here”. Higher is what you asked for.",
      range: SHARE,
      curves: [
        curveOf("patients held out", own, points, (p) => p.held_out_energy),
        curveOf("learned from", other, points, (p) => p.energy, true),
      ],
    },
    {
      title: "Right answers",
      about: "Balanced accuracy on replayed patients that were held out. It should not fall.",
      range: ACCURACY,
      curves: [curveOf("balanced accuracy", own, points, (p) => p.held_out_accuracy)],
    },
    {
      title: "Distance from your marks",
      about: "What the training lowers: the loss of the reasons.",
      curves: [
        curveOf("learned from", own, points, (p) => p.loss),
        curveOf("patients held out", other, points, (p) => p.held_out_loss, true),
      ],
    },
    {
      title: "Room left for each class",
      about:
        "Cross-entropy of a class above what is allowed, in nats. Below 0 the bound is kept; dashed: patients held out.",
      bound: BOUND,
      curves: [
        ...byClass(points, (p) => p.violation),
        ...byClass(points, (p) => p.held_out_violation, true),
      ],
    },
    {
      title: "Price of each bound",
      about:
        "The multiplier: 0 where a bound costs nothing, higher where it holds the training back.",
      curves: byClass(points, (p) => p.multipliers),
    },
  ]);
}

/** The same of several trainings: one curve each, the worst class where classes have bounds. */
export function comparisonOf(runs: readonly TrainingRun[]): Panel[] {
  const of = (read: Read) =>
    namedRuns(runs).map(([name, run], at) =>
      curveOf(name, COLORS[at % COLORS.length] ?? COLORS[0], run.points, read),
    );
  return withCurves([
    {
      title: "Evidence where it was marked",
      about: "On patients held out; where there are none, on those learned from.",
      range: SHARE,
      curves: of((p) => p.held_out_energy ?? p.energy),
    },
    {
      title: "Right answers",
      about: "Balanced accuracy on replayed patients that were held out.",
      range: ACCURACY,
      curves: of((p) => p.held_out_accuracy),
    },
    {
      title: "Distance from the marks",
      about: "The loss of the reasons, on what is learned from.",
      curves: of((p) => p.loss),
    },
    {
      title: "Room left for the worst class",
      about: "Cross-entropy above what is allowed, nats. Below 0 all bounds are kept.",
      bound: BOUND,
      curves: of((p) => largest(p.violation)),
    },
    {
      title: "Price of the hardest bound",
      about: "The largest multiplier.",
      curves: of((p) => largest(p.multipliers)),
    },
  ]);
}

function withCurves(panels: readonly Panel[]): Panel[] {
  return panels
    .map((panel) => ({ ...panel, curves: filled(panel.curves) }))
    .filter(({ curves }) => curves.length > 0);
}

function byClass(
  points: readonly TrainingPoint[],
  read: (point: TrainingPoint) => Readonly<Record<string, number | null>>,
  isHeldOut = false,
): Curve[] {
  const named = TUMOR_CLASSES.map((label) =>
    curveOf(
      isHeldOut ? `${className(label)}, held out` : className(label),
      CLASS_COLORS[label] ?? COLORS[0],
      points,
      (point) => read(point)[label],
      isHeldOut,
    ),
  );
  return filled(named);
}

function largest(values: Readonly<Record<string, number | null>>): number | null {
  const known = Object.values(values).filter((value) => value !== null);
  return known.length > 0 ? Math.max(...known) : null;
}

/** The point whose weights a training kept. */
export function keptPoint({ outcome, points }: Pick<TrainingRun, "outcome" | "points">) {
  return points.find(({ step }) => step === outcome?.step) ?? null;
}

export interface TradeOff {
  readonly run: TrainingRun;
  readonly epsilon: number;
  readonly energy: number | null;
  readonly accuracy: number | null;
  readonly isFeasible: boolean;
}

/** What more room for the classes bought: of ended trainings that differ in their bound, by bound. */
export function tradeOffOf(runs: readonly TrainingRun[]): TradeOff[] {
  return runs
    .filter(({ outcome }) => outcome !== null)
    .map((run) => {
      const point = keptPoint(run);
      return {
        run,
        epsilon: run.config.epsilon,
        energy: point?.held_out_energy ?? point?.energy ?? null,
        accuracy: point?.held_out_accuracy ?? null,
        isFeasible: run.outcome?.status !== "infeasible",
      };
    })
    .sort((a, b) => a.epsilon - b.epsilon);
}
