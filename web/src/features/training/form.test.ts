import { expect, it } from "vitest";
import type { TrainingChoices } from "../../queries/training.ts";
import { boundWords, draftOf, hindrance, keyOf, readEpsilons, together, wishOf } from "./form.ts";

type Slice = TrainingChoices["slices"][number];

function sliceOf(index: number, facts: Partial<Slice> = {}): Slice {
  return {
    study_id: "s1",
    pseudonym: "NS-7Q2K4D",
    series_id: "a",
    name: `axial ${index}`,
    plane: null,
    index,
    label: "glioma",
    left_out: null,
    annotation_ids: [`note${index}`],
    readers: ["ann"],
    is_stale: false,
    is_locked: false,
    ...facts,
  };
}

const DEFAULTS = {
  loss: "energy",
  tier: "last",
  epsilon: 0.05,
  steps: 90,
  seed: 0,
  polish: null,
  swap_ignored: false,
} as const;

it("the usual training names no annotations: all that counts is learned from", () => {
  const slices = [sliceOf(1), sliceOf(2)];
  expect(wishOf(draftOf({ defaults: DEFAULTS }), { slices })).toEqual({ name: "", ...DEFAULTS });
});

it("what is not chosen is not learned from, and what is kept for the certificate stays in it", () => {
  const slices = [
    sliceOf(1),
    sliceOf(2),
    sliceOf(3, { is_locked: true }),
    sliceOf(4, { left_out: "?" }),
  ];
  const draft = { ...draftOf({ defaults: DEFAULTS }), without: new Set([keyOf(sliceOf(1))]) };
  expect(wishOf(draft, { slices }).annotation_ids).toEqual(["note2", "note3"]);
});

it("slices of one drawing are chosen together, also over others", () => {
  const slices = [
    sliceOf(1, { annotation_ids: ["x"] }),
    sliceOf(2, { annotation_ids: ["x", "y"] }),
    sliceOf(3, { annotation_ids: ["y"] }),
    sliceOf(4),
  ];
  expect(together(slices[0] as Slice, slices)).toEqual(["a//1", "a//2", "a//3"]);
});

it("nothing to learn from, or bounds that are none, hinder the start", () => {
  const slices = [sliceOf(1), sliceOf(2, { is_locked: true })];
  const draft = draftOf({ defaults: DEFAULTS });
  expect(hindrance(draft, { slices })).toBeNull();
  expect(hindrance({ ...draft, without: new Set(["a//1"]) }, { slices })).toMatch(/No slice/);
  expect(hindrance(draft, { slices: [] })).toMatch(/Nothing is annotated/);
  expect(hindrance({ ...draft, isTradeOff: true, epsilons: "much" }, { slices })).toMatch(/bounds/);
});

it("bounds are read as people type them", () => {
  expect(readEpsilons("0.02, .05;0.1  0.05")).toEqual([0.02, 0.05, 0.1]);
  expect(readEpsilons("")).toBeNull();
  expect(readEpsilons("-1")).toBeNull();
  expect(readEpsilons("1 2 3 4 5 0.1 0.2")).toBeNull();
});

it("a bound is told as what it does to the right answer", () => {
  expect(boundWords(0.05)).toMatch(/by 4.9 % at most/);
  expect(boundWords(0)).toMatch(/by 0 % at most/);
  expect(boundWords(0.3)).toMatch(/by 26 % at most/);
});
