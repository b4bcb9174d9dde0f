/** Undo and redo: every step knows what was before and after it. Pure. */

import { type Content, isSame } from "./content.ts";

export interface Change {
  readonly id: string;
  readonly before: Content | null;
  readonly after: Content | null;
}

export interface Step {
  readonly does: string;
  readonly changes: readonly Change[];
  /** Steps in a row with the same name become one, for example while typing. */
  readonly merge?: string | undefined;
}

export interface History {
  readonly done: readonly Step[];
  readonly undone: readonly Step[];
}

export const NO_HISTORY: History = { done: [], undone: [] };
const KEPT = 60;

export function did(history: History, step: Step): History {
  const last = history.done.at(-1);
  if (step.merge !== undefined && last?.merge === step.merge) {
    const before = new Map(last.changes.map((change) => [change.id, change.before]));
    const changes = step.changes.map((change) => ({
      ...change,
      before: before.has(change.id) ? (before.get(change.id) ?? null) : change.before,
    }));
    return { done: [...history.done.slice(0, -1), { ...step, changes }], undone: [] };
  }
  return { done: [...history.done, step].slice(-KEPT), undone: [] };
}

/** Turn a step round. */
function reversed(changes: readonly Change[]): Change[] {
  return changes.map(({ id, before, after }) => ({ id, before: after, after: before }));
}

export interface Turned {
  readonly history: History;
  readonly changes: readonly Change[];
  /** Whether all of it still is as the step left it; if not, nothing may be changed. */
  readonly isPossible: boolean;
}

function isAsExpected(changes: readonly Change[], now: (id: string) => Content | null): boolean {
  return changes.every(({ id, before }) => isSame(now(id), before));
}

export function undone(history: History, now: (id: string) => Content | null): Turned | null {
  const step = history.done.at(-1);
  if (!step) {
    return null;
  }
  const changes = reversed(step.changes);
  return {
    history: { done: history.done.slice(0, -1), undone: [...history.undone, step] },
    changes,
    isPossible: isAsExpected(changes, now),
  };
}

export function redone(history: History, now: (id: string) => Content | null): Turned | null {
  const step = history.undone.at(-1);
  if (!step) {
    return null;
  }
  return {
    history: { done: [...history.done, step], undone: history.undone.slice(0, -1) },
    changes: step.changes,
    isPossible: isAsExpected(step.changes, now),
  };
}
