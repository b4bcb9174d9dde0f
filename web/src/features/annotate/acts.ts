/** What buttons and keys do to the drawings. */

import { problemOf } from "../../client/api.ts";
import type { Sheet } from "../../frames/sheet.ts";
import type { Analysis } from "../../queries/analyses.ts";
import {
  fillBetween,
  type OfSeries,
  type Proposal,
  takeFromModel,
} from "../../queries/annotations.ts";
import { pairToFill } from "./between.ts";
import {
  type Content,
  KIND_NAMES,
  type Kind,
  type Manner,
  middleOf,
  newId,
  ringsOn,
} from "./content.ts";
import type { Change } from "./history.ts";
import { chosenOn, seenOf } from "./painter.ts";
import { withCornerGone } from "./rings.ts";
import { closeOutline, type Hand, take } from "./sketch.ts";
import { reshaped } from "./steps.ts";
import { useTools } from "./tools.ts";

/** Change what the chosen drawing says besides its shape. */
export function restate(
  { notebook }: Hand,
  id: string,
  change: Partial<Content>,
  merge?: string,
): void {
  const before = notebook.store.getState().entries.get(id)?.local;
  if (before) {
    notebook.act({
      does: "Change",
      changes: [{ id, before, after: { ...before, ...change } }],
      merge,
    });
  }
}

/** Choose a kind for what is drawn next; while editing, also for what is chosen. */
export function chooseKind(hand: Hand, kind: Kind): void {
  const { selected, tool, set } = useTools.getState();
  set({ kind });
  if (tool !== "select") {
    return;
  }
  const known = selected ? hand.notebook.store.getState().entries.get(selected)?.local : null;
  if (selected && known && known.kind !== kind) {
    restate(hand, selected, { kind });
  }
}

export function remove({ notebook }: Hand, id: string): void {
  const before = notebook.store.getState().entries.get(id)?.local;
  if (before) {
    notebook.act({ does: "Delete", changes: [{ id, before, after: null }] });
    useTools.getState().set({ selected: null, corner: null });
  }
}

/** Backspace: the last corner of an open outline, else the corner touched last. */
export function removeCorner(hand: Hand, sheet: Sheet | null): void {
  const { pending } = hand.notebook.store.getState();
  const { corner, set } = useTools.getState();
  if (pending && pending.points.length > 0) {
    hand.notebook.undo();
    return;
  }
  const aim = sheet && corner ? chosenOn(sheet, hand.notebook) : null;
  if (sheet && corner && aim) {
    take(
      hand,
      reshaped(sheet, aim, withCornerGone(ringsOn(aim.content, sheet), corner)),
      sheet.key,
    );
    set({ corner: null });
  }
}

/** Esc: drop the open outline, else let go of what is chosen. */
export function letGo({ notebook }: Hand): void {
  const { pending } = notebook.store.getState();
  if (pending && pending.points.length > 0) {
    const undone = [...pending.undone, ...[...pending.points].reverse()];
    notebook.setPending({ ...pending, points: [], undone });
  } else {
    useTools.getState().set({ selected: null, corner: null, hint: "" });
  }
}

/** Enter: close the open outline. */
export function finish(hand: Hand, sheet: Sheet | null): void {
  const { pending } = hand.notebook.store.getState();
  if (!pending || pending.points.length === 0) {
    return;
  }
  if (pending.key === sheet?.key) {
    closeOutline(hand, sheet);
  } else {
    useTools
      .getState()
      .set({ hint: "The open outline lies on another slice. Go there to close it." });
  }
}

/** The next drawing of the list, and the way there. */
export function chooseNext(hand: Hand, by: 1 | -1, goTo: (content: Content) => void): void {
  const seen = seenOf(hand.notebook);
  const { selected, set } = useTools.getState();
  const at = seen.findIndex(({ id }) => id === selected);
  const next =
    seen[(at < 0 ? (by > 0 ? 0 : seen.length - 1) : at + by + seen.length) % seen.length];
  if (next) {
    set({ selected: next.id, corner: null, kind: next.content.kind });
    goTo(next.content);
  }
}

export function goTo(
  room: { goTo: (place: Content["points_mm"][number], sliceIndex: number | null) => void },
  content: Content,
): void {
  const [r, a, s] = middleOf(content);
  room.goTo([r, a, s], content.slice_index ?? null);
}

function asContent(proposal: Proposal, manner: Manner): Content {
  return {
    ...manner,
    kind: proposal.kind,
    shape: proposal.shape,
    points_mm: proposal.points_mm as Content["points_mm"],
    holes_mm: proposal.holes_mm as Content["holes_mm"],
    radius_mm: 0,
    slice_index: proposal.slice_index ?? null,
    plane: proposal.plane ?? null,
    mask: null,
    analysis_id: proposal.analysis_id ?? manner.analysis_id,
  };
}

function adopt({ notebook }: Hand, does: string, made: readonly Content[]): void {
  const changes = made.map((after): Change => ({ id: newId(), before: null, after }));
  notebook.act({ does, changes });
  useTools.getState().set({ selected: changes[0]?.id ?? null, corner: null });
}

function say(hint: string): void {
  useTools.getState().set({ hint });
}

/** Draw on all slices between two. */
export async function fill(hand: Hand, of: OfSeries, sheet: Sheet | null): Promise<void> {
  const { kind } = useTools.getState();
  const pair = sheet
    ? pairToFill(sheet, seenOf(hand.notebook), kind)
    : { hint: "Choose a plane first: click on one of the slices." };
  if ("hint" in pair) {
    say(pair.hint);
    return;
  }
  try {
    const found = await fillBetween(of, pair.first, pair.second);
    const [model] = pair.first;
    const manner = { ...hand.manner(), kind, reason: model?.reason ?? "" };
    adopt(
      hand,
      "Fill between",
      found.map((one) => ({ ...asContent(one, manner), kind })),
    );
    say(`${found.length} outlines were drawn between the two slices. Check each of them.`);
  } catch (error) {
    const { detail, fix } = problemOf(error);
    say(`${detail} ${fix}`);
  }
}

export type Source = "evidence" | "WT" | "TC" | "ET";

/** Take over what the model found on this slice, to be edited. */
export async function takeOver(
  hand: Hand,
  of: OfSeries,
  {
    sheet,
    analysis,
    source,
    target,
  }: { sheet: Sheet; analysis: Analysis; source: Source; target: string },
): Promise<void> {
  const where =
    sheet.sliceIndex === null
      ? { position_mm: [...sheet.origin] as [number, number, number], plane: sheet.plane }
      : { slice_index: sheet.sliceIndex };
  try {
    const found = await takeFromModel(of, {
      analysis_id: analysis.id,
      ...where,
      ...(source === "evidence"
        ? { source, region: "WT", target: (target || null) as "glioma" | null }
        : { source: "segmentation", region: source }),
    });
    if (found.length === 0) {
      say("The model found nothing above its threshold on this slice.");
      return;
    }
    adopt(
      hand,
      "From the model",
      found.map((one) => asContent(one, hand.manner())),
    );
    useTools.getState().set({ tool: "select" });
    say(
      `${found.length === 1 ? "The outline" : `${found.length} outlines`} of the model, as “${KIND_NAMES[found[0]?.kind ?? "evidence"]}”: yours to correct.`,
    );
  } catch (error) {
    const { detail, fix } = problemOf(error);
    say(`${detail} ${fix}`);
  }
}
