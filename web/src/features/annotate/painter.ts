/** Paints one sheet: all drawings on it, and the gesture under way. */

import type { Sheet } from "../../frames/sheet.ts";
import { cssColor } from "../../viewer/palette.ts";
import type { PaneSketch } from "../../viewer/sketch.ts";
import { useViewer } from "../../viewer/store.ts";
import { type Content, contentOf, liesOn, ringsOn } from "./content.ts";
import { type Gesture, gesture } from "./gesture.ts";
import { LOOKS } from "./looks.ts";
import type { Notebook } from "./notebook.ts";
import {
  type Ground,
  type Prepared,
  paintBrush,
  paintCorners,
  paintDrawing,
  paintMark,
  paintPending,
  prepared,
} from "./paint.ts";
import type { Seen } from "./result.ts";
import { radiusOn, type ToolState, useTools } from "./tools.ts";

/** The drawings that the reader sees. */
export function seenOf({ store }: Notebook): Seen[] {
  const { isShown, hidden } = useTools.getState();
  return isShown
    ? [...store.getState().entries.values()].flatMap(({ id, local }) =>
        local && !hidden.includes(id) ? [{ id, content: local }] : [],
      )
    : [];
}

/** The contour that is chosen, if it lies on the sheet. */
export function chosenOn(sheet: Sheet, { store }: Notebook): Seen | null {
  const { selected } = useTools.getState();
  const local = selected ? store.getState().entries.get(selected)?.local : null;
  return selected && local && liesOn(local, sheet) && local.shape === "contour"
    ? { id: selected, content: local }
    : null;
}

/** Make the function that paints a sheet over its picture. */
export function painterOf(sheet: Sheet, notebook: Notebook): PaneSketch["paint"] {
  const drawings = drawingsOf(sheet, notebook);
  return (context, view) => {
    if (useViewer.getState().hidden) {
      return;
    }
    const ground = { context, view, sheet };
    const tools = useTools.getState();
    const now = gesture.getState();
    const here = now.key === sheet.key ? now : null;
    for (const one of drawings()) {
      const isChosen = tools.isOn && one.id === tools.selected;
      paintDrawing(ground, isChosen ? asMoved(one, here) : one, isChosen);
    }
    if (tools.isOn) {
      paintCornersOf(ground, notebook, tools, here);
      paintGesture(ground, notebook, tools, here);
    }
  };
}

/** A drawing whose corner is being moved looks as it would be. */
function asMoved(drawing: Prepared, here: Gesture | null): Prepared {
  const [outer, ...holes] = here?.moving?.rings ?? [];
  return outer ? { ...drawing, pieces: [{ outer, holes }] } : drawing;
}

function paintCornersOf(
  ground: Ground,
  notebook: Notebook,
  { tool }: ToolState,
  here: Gesture | null,
): void {
  const aim = tool === "select" ? chosenOn(ground.sheet, notebook) : null;
  if (aim) {
    paintCorners(ground, here?.moving?.rings ?? ringsOn(aim.content, ground.sheet));
  }
}

function paintGesture(
  ground: Ground,
  notebook: Notebook,
  { tool, kind, size }: ToolState,
  here: Gesture | null,
): void {
  const { pending } = notebook.store.getState();
  if (pending?.key === ground.sheet.key) {
    paintPending(ground, pending, here?.cursor ?? null, kind);
  }
  if (here && tool !== "select" && tool !== "outline") {
    const css = tool === "eraser" ? "rgb(240 240 240)" : cssColor(LOOKS[kind].color);
    paintBrush(ground, here, radiusOn(ground.sheet, size), css);
  }
  if (here?.mark) {
    paintMark(ground, here.mark);
  }
}

/** What to paint on a sheet, thought out again only when a drawing changed. */
function drawingsOf(sheet: Sheet, notebook: Notebook): () => readonly Prepared[] {
  const known = new WeakMap<Content, Prepared | null>();
  const ready = (one: Seen, isRival: boolean): Prepared[] => {
    if (!known.has(one.content)) {
      known.set(one.content, prepared(one, sheet, isRival));
    }
    const found = known.get(one.content);
    return found ? [found] : [];
  };
  const rivals = new WeakMap<object, Content>();
  return () => {
    const own = seenOf(notebook).flatMap((one) => ready(one, false));
    const others = [...notebook.store.getState().entries.values()].flatMap(({ id, conflict }) => {
      if (!conflict) {
        return [];
      }
      const version = conflict.isOurs ? conflict.current : conflict.other;
      if (version.deleted) {
        return [];
      }
      const content = rivals.get(version) ?? contentOf(version);
      rivals.set(version, content);
      return ready({ id, content }, true);
    });
    return [...own, ...others];
  };
}
