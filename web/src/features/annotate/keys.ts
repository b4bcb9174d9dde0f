import type { OfSeries } from "../../queries/annotations.ts";
import type { KeyBinding } from "../../ui/keymap.ts";
import type { RoomOfDrawing } from "./Annotator.tsx";
import {
  chooseKind,
  chooseNext,
  fill,
  finish,
  goTo,
  letGo,
  remove,
  removeCorner,
  restate,
} from "./acts.ts";
import { KIND_NAMES, KINDS } from "./content.ts";
import type { Hand } from "./sketch.ts";
import type { Tool, ToolState } from "./tools.ts";

interface Around {
  readonly hand: Hand;
  readonly of: OfSeries;
  readonly room: RoomOfDrawing;
  readonly tools: ToolState;
}

export const TOOLS: readonly { tool: Tool; key: string; name: string; does: string }[] = [
  { tool: "select", key: "A", name: "Edit", does: "Choose a drawing, move its corners" },
  { tool: "outline", key: "P", name: "Outline", does: "Outline: click corners, or drag" },
  { tool: "brush", key: "B", name: "Brush", does: "Brush" },
  { tool: "eraser", key: "E", name: "Eraser", does: "Eraser" },
  { tool: "threshold", key: "T", name: "Threshold", does: "Brush for similar gray values" },
];

/** D alone while drawing is off; all others take the place of the reading room's keys. */
export function drawingKeys({ hand, of, room, tools }: Around): KeyBinding[] {
  const toggle: KeyBinding = {
    keys: ["D"],
    does: tools.isOn ? "Stop drawing" : "Draw",
    onPress: () => tools.set({ isOn: !tools.isOn, hint: "" }),
  };
  const show: KeyBinding = {
    keys: ["W"],
    does: "Drawings on or off",
    onPress: () => tools.set({ isShown: !tools.isShown }),
  };
  if (!tools.isOn) {
    return [toggle, show];
  }
  const { selected } = tools;
  const { notebook } = hand;
  return [
    ...TOOLS.map(({ tool, key, does }) => ({
      keys: [key],
      does,
      onPress: () => tools.set({ tool, hint: "" }),
    })),
    ...KINDS.map((kind, at) => ({
      keys: [`${at + 1}`],
      does: `Kind: ${KIND_NAMES[kind].toLowerCase()}`,
      onPress: () => chooseKind(hand, kind),
    })),
    { keys: ["Enter"], does: "Close the outline", onPress: () => finish(hand, room.sheet) },
    {
      keys: ["Backspace"],
      does: "Take the last corner back, or the corner touched last",
      onPress: () => removeCorner(hand, room.sheet),
    },
    {
      keys: ["Escape"],
      does: "Drop the open outline, or choose nothing",
      onPress: () => letGo(hand),
    },
    { keys: ["["], does: "Smaller brush", onPress: () => tools.grow(-1) },
    { keys: ["]"], does: "Larger brush", onPress: () => tools.grow(1) },
    { keys: ["F"], does: "Fill between slices", onPress: () => void fill(hand, of, room.sheet) },
    { keys: ["Ctrl+Z"], does: "Undo", onPress: notebook.undo },
    { keys: ["Ctrl+Shift+Z", "Ctrl+Y"], does: "Redo", onPress: notebook.redo },
    {
      keys: [","],
      does: "Previous drawing",
      onPress: () => chooseNext(hand, -1, (to) => goTo(room, to)),
    },
    {
      keys: ["."],
      does: "Next drawing",
      onPress: () => chooseNext(hand, 1, (to) => goTo(room, to)),
    },
    ...(selected
      ? [
          {
            keys: ["Delete"],
            does: "Delete the chosen drawing",
            onPress: () => remove(hand, selected),
          },
          {
            keys: ["N"],
            does: "Nothing else matters, or not",
            onPress: () => {
              const now = notebook.store.getState().entries.get(selected)?.local;
              restate(hand, selected, { only_this: !now?.only_this });
            },
          },
        ]
      : []),
    show,
    toggle,
  ];
}

export const GESTURES: readonly (readonly [string, string])[] = [
  ["Outline: click, double click", "Set a corner, close the outline"],
  ["Outline: drag", "Draw by hand; letting go closes it"],
  ["Edit: drag a corner or a side", "Move it, or pull a new corner out"],
  ["Edit: Alt + click on a corner", "Take it away"],
  ["Brush: Shift + drag", "A drawing of its own, whatever it touches"],
];
