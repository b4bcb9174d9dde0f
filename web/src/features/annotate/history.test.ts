import { expect, it } from "vitest";
import type { Content } from "./content.ts";
import { did, NO_HISTORY, redone, type Step, undone } from "./history.ts";
import { contentWith } from "./testContent.ts";

const BEFORE = contentWith();
const AFTER = contentWith({ reason: "ring" });
const step = (before: Content | null, after: Content | null, merge?: string): Step => ({
  does: "x",
  changes: [{ id: "a", before, after }],
  merge,
});

it("undo gives back what was, redo what was made of it", () => {
  const history = did(did(NO_HISTORY, step(null, BEFORE)), step(BEFORE, AFTER));
  const back = undone(history, () => AFTER);
  expect(back?.isPossible).toBe(true);
  expect(back?.changes).toEqual([{ id: "a", before: AFTER, after: BEFORE }]);
  const again = back && redone(back.history, () => BEFORE);
  expect(again?.changes).toEqual([{ id: "a", before: BEFORE, after: AFTER }]);
  expect(again?.history).toEqual(history);
});

it("a new step forgets what was undone", () => {
  const back = undone(did(NO_HISTORY, step(null, BEFORE)), () => BEFORE);
  const history = did(back?.history ?? NO_HISTORY, step(null, AFTER));
  expect(redone(history, () => null)).toBeNull();
});

it("does not undo what another reader changed meanwhile", () => {
  const history = did(NO_HISTORY, step(BEFORE, AFTER));
  expect(undone(history, () => contentWith({ reason: "theirs" }))?.isPossible).toBe(false);
});

it("typing is one step", () => {
  const typed = ["r", "ri", "rin"].map((reason) => contentWith({ reason }));
  const history = typed.reduce(
    (so, now, at) => did(so, step(typed[at - 1] ?? BEFORE, now, "reason a")),
    NO_HISTORY,
  );
  expect(history.done).toHaveLength(1);
  expect(undone(history, () => typed[2] ?? null)?.changes[0]?.after).toEqual(BEFORE);
});
