/** Joins tools, drawings and gesture to the pane of one sheet. */

import { type Flat, flatOfPixel, type Sheet } from "../../frames/sheet.ts";
import type { PaneSketch, SketchPoint } from "../../viewer/sketch.ts";
import { useViewer } from "../../viewer/store.ts";
import { type Manner, ringsOn } from "./content.ts";
import { gesture, NO_GESTURE } from "./gesture.ts";
import { thresholded } from "./maskSteps.ts";
import type { Notebook } from "./notebook.ts";
import { chosenOn, painterOf, seenOf } from "./painter.ts";
import { lineOf, withCorner } from "./pending.ts";
import type { Result } from "./result.ts";
import {
  distance,
  nearestCorner,
  nearestEdge,
  type Place,
  type Ring,
  withCornerAdded,
  withCornerGone,
  withCornerMoved,
} from "./rings.ts";
import { under } from "./sight.ts";
import { brushed, erased, outlined, reshaped } from "./steps.ts";
import { radiusOn, useTools } from "./tools.ts";

export interface Hand {
  readonly notebook: Notebook;
  /** What a new drawing says besides its shape. */
  readonly manner: () => Manner;
  /** From black to white in the first window, in gray values. */
  readonly graySpan: () => number;
}

/** CSS pixels within which a corner or an edge is caught. */
const CATCH = { corner: 9, edge: 6, first: 11 } as const;
/** CSS pixels between corners of a line drawn by hand. */
const FREE_STEP = 4;
/** So many corners of one drag are an outline by hand: letting go closes it. */
const FREE_CLOSES = 8;

/** Take what a tool answers. */
export function take({ notebook }: Hand, result: Result, key: string): void {
  if ("step" in result) {
    notebook.act(result.step);
    useTools.getState().set({ hint: "" });
    gesture.setState({ mark: null });
  } else {
    useTools.getState().set({ hint: result.hint });
    gesture.setState({ key, mark: result.at ?? null });
  }
}

/** Close the outline that is not closed yet. */
export function closeOutline(hand: Hand, sheet: Sheet): void {
  const { pending } = hand.notebook.store.getState();
  if (pending?.key !== sheet.key) {
    return;
  }
  const result = outlined(sheet, lineOf(pending, sheet), hand.manner());
  if ("step" in result) {
    hand.notebook.setPending(null);
    useTools.getState().set({ selected: result.step.changes[0]?.id ?? null, corner: null });
  }
  take(hand, result, sheet.key);
}

export function sketchOn(sheet: Sheet, hand: Hand): PaneSketch {
  const { notebook } = hand;
  const flatOf = ({ row, column }: SketchPoint): Flat => flatOfPixel(sheet, row, column);
  /** Flat millimeters for a distance on the screen. */
  const reach = ({ view, row, column }: SketchPoint, pixels: number): number => {
    const [x, y] = view.toScreen(row, column);
    const [toX, toY] = view.toScreen(row, column + 1);
    return (pixels * sheet.columnMm) / (Math.hypot(toX - x, toY - y) || 1);
  };
  const chosen = () => chosenOn(sheet, notebook);
  let free = 0;

  function downSelect(at: SketchPoint): boolean {
    const tools = useTools.getState();
    const flat = flatOf(at);
    const aim = chosen();
    const rings = aim ? ringsOn(aim.content, sheet) : [];
    const corner = nearestCorner(rings, flat, reach(at, CATCH.corner));
    if (aim && corner && at.alt) {
      take(hand, reshaped(sheet, aim, withCornerGone(rings, corner)), sheet.key);
      tools.set({ corner: null });
      return true;
    }
    const edge = corner ? null : nearestEdge(rings, flat, reach(at, CATCH.edge));
    if (aim && (corner || edge)) {
      startMoving(rings, corner, edge, flat);
      return true;
    }
    const hit = under(sheet, seenOf(notebook), flat, reach(at, 3));
    tools.set({ selected: hit?.id ?? null, corner: null, hint: "" });
    return hit !== null;
  }
  function startMoving(rings: readonly Ring[], corner: Place | null, edge: Place | null, to: Flat) {
    const place = corner ?? { ring: edge?.ring ?? 0, at: (edge?.at ?? 0) + 1 };
    const start = edge ? withCornerAdded(rings, edge, to) : rings;
    gesture.setState({ key: sheet.key, moving: { rings: start, place }, mark: null });
    useTools.getState().set({ corner: place });
  }
  function downOutline(at: SketchPoint): void {
    const flat = flatOf(at);
    const { pending } = notebook.store.getState();
    const [first] = pending?.key === sheet.key ? lineOf(pending, sheet) : [];
    const isLong = (pending?.points.length ?? 0) > 2;
    free = 0;
    if (first && isLong && (at.clicks > 1 || distance(first, flat) <= reach(at, CATCH.first))) {
      closeOutline(hand, sheet);
    } else if (at.clicks < 2) {
      addCorner(flat);
    }
  }
  function addCorner(flat: Flat): void {
    const { pending } = notebook.store.getState();
    const tools = useTools.getState();
    if (pending && pending.points.length > 0 && pending.key !== sheet.key) {
      tools.set({ hint: "An outline on another slice is not closed yet: close or drop it first." });
      return;
    }
    const next = withCorner(pending?.points.length ? pending : null, sheet, flat);
    tools.set({
      hint: next ? "" : "There the line would cross itself. Set this corner elsewhere.",
    });
    gesture.setState({ mark: next ? null : flat });
    if (next) {
      notebook.setPending(next);
    }
  }
  function finishBrush(path: readonly Flat[], isApart: boolean): void {
    const tools = useTools.getState();
    const [seen, radius] = [seenOf(notebook), radiusOn(sheet, tools.size)];
    const { tool, selected } = tools;
    const brush = { path, radius, isApart };
    if (tool === "eraser") {
      take(hand, erased(sheet, path, radius, seen, selected), sheet.key);
    } else if (tool === "brush") {
      take(hand, brushed(sheet, brush, seen, hand.manner(), selected), sheet.key);
    } else {
      const tolerance = tools.tolerance * hand.graySpan();
      void sheet.gray().then((gray) => {
        const result = thresholded(sheet, {
          brush,
          gray,
          tolerance,
          seen,
          manner: hand.manner(),
          selected,
        });
        take(hand, result, sheet.key);
      });
    }
  }
  let isApart = false;

  return {
    get isOn() {
      return useTools.getState().isOn;
    },
    paint: painterOf(sheet, notebook),
    onDown(at) {
      const { tool } = useTools.getState();
      isApart = at.shift;
      if (tool === "select") {
        return downSelect(at);
      }
      if (tool === "outline") {
        downOutline(at);
      } else {
        gesture.setState({ key: sheet.key, cursor: flatOf(at), path: [flatOf(at)], mark: null });
      }
      return true;
    },
    onMove(at) {
      const flat = flatOf(at);
      const { tool } = useTools.getState();
      const { moving, path } = gesture.getState();
      if (moving) {
        gesture.setState({
          moving: { ...moving, rings: withCornerMoved(moving.rings, moving.place, flat) },
        });
      } else if (tool === "outline") {
        const { pending } = notebook.store.getState();
        const last = pending?.key === sheet.key ? lineOf(pending, sheet).at(-1) : null;
        if (last && distance(last, flat) >= reach(at, FREE_STEP)) {
          free += 1;
          addCorner(flat);
        }
        gesture.setState({ key: sheet.key, cursor: flat });
      } else if (path.length > 0) {
        gesture.setState({ cursor: flat, path: [...path, flat] });
      }
    },
    onUp() {
      const { moving, path } = gesture.getState();
      const aim = chosen();
      gesture.setState({ moving: null, path: [] });
      if (moving && aim) {
        take(hand, reshaped(sheet, aim, moving.rings), sheet.key);
      } else if (path.length > 0) {
        finishBrush(path, isApart);
      } else if (free >= FREE_CLOSES) {
        closeOutline(hand, sheet);
      }
    },
    onHover(at) {
      gesture.setState(
        at
          ? { key: sheet.key, cursor: flatOf(at) }
          : { ...NO_GESTURE, mark: gesture.getState().mark, key: gesture.getState().key },
      );
    },
    subscribe(listener) {
      const stops = [
        notebook.store.subscribe(listener),
        gesture.subscribe(listener),
        useTools.subscribe(listener),
        useViewer.subscribe(({ hidden }, before) => {
          if (hidden !== before.hidden) {
            listener();
          }
        }),
      ];
      listener();
      return () => {
        for (const stop of stops) {
          stop();
        }
      };
    },
  };
}
