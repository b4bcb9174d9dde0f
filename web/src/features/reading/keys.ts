import { CLASS_NAMES, TUMOR_CLASSES } from "../../queries/classes.ts";
import type { KeyBinding } from "../../ui/keymap.ts";
import type { ViewerState } from "../../viewer/store.ts";
import { PRESETS } from "../../viewer/tools.ts";

/** What differs from room to room. */
export interface ReadingActions {
  readonly step: (by: number) => void;
  readonly toEnd: (end: "first" | "last") => void;
  /** Moves the crosshair on the screen; none for plain slices. */
  readonly move?: ((right: number, down: number) => void) | undefined;
  readonly toStrongest?: (() => void) | undefined;
}

interface Actions extends ReadingActions {
  readonly viewer: ViewerState;
  readonly help: () => void;
}

/** How far one key press moves the picture, in CSS pixels. */
const NUDGE = 40;

/** The keys of the reading room; the help shows this very list. */
export function readingKeys(actions: Actions): KeyBinding[] {
  const { viewer, step, toEnd, move, toStrongest, help } = actions;
  const moves: KeyBinding[] = move
    ? [
        { keys: ["Shift+ArrowLeft"], does: "Crosshair left", onPress: () => move(-1, 0) },
        { keys: ["Shift+ArrowRight"], does: "Crosshair right", onPress: () => move(1, 0) },
        { keys: ["Shift+ArrowUp"], does: "Crosshair up", onPress: () => move(0, -1) },
        { keys: ["Shift+ArrowDown"], does: "Crosshair down", onPress: () => move(0, 1) },
      ]
    : [];
  return [
    { keys: ["ArrowUp", "ArrowLeft"], does: "Previous slice", onPress: () => step(-1) },
    { keys: ["ArrowDown", "ArrowRight"], does: "Next slice", onPress: () => step(1) },
    { keys: ["PageUp"], does: "Ten slices back", onPress: () => step(-10) },
    { keys: ["PageDown"], does: "Ten slices on", onPress: () => step(10) },
    { keys: ["Home"], does: "First slice", onPress: () => toEnd("first") },
    { keys: ["End"], does: "Last slice", onPress: () => toEnd("last") },
    ...moves,
    {
      keys: ["H"],
      does: "Hold to hide the evidence",
      onHold: (hidden) => viewer.set({ hidden }),
    },
    {
      keys: ["G"],
      does: "Evidence on or off",
      onPress: () => viewer.set({ overlay: !viewer.overlay }),
    },
    {
      keys: ["O"],
      does: "Outline on or off",
      onPress: () => viewer.set({ outline: !viewer.outline }),
    },
    ...(toStrongest
      ? [{ keys: ["S"], does: "Go to the strongest evidence", onPress: toStrongest }]
      : []),
    ...TUMOR_CLASSES.map((label, at) => ({
      keys: [`${at + 1}`],
      does: `Evidence for ${CLASS_NAMES[label].toLowerCase()}`,
      onPress: () => viewer.set({ target: label }),
    })),
    { keys: ["+", "="], does: "Zoom in", onPress: () => viewer.nudge({ zoom: 1 }) },
    { keys: ["-"], does: "Zoom out", onPress: () => viewer.nudge({ zoom: -1 }) },
    {
      keys: ["Ctrl+ArrowLeft"],
      does: "Picture left",
      onPress: () => viewer.nudge({ right: -NUDGE }),
    },
    {
      keys: ["Ctrl+ArrowRight"],
      does: "Picture right",
      onPress: () => viewer.nudge({ right: NUDGE }),
    },
    { keys: ["Ctrl+ArrowUp"], does: "Picture up", onPress: () => viewer.nudge({ down: -NUDGE }) },
    {
      keys: ["Ctrl+ArrowDown"],
      does: "Picture down",
      onPress: () => viewer.nudge({ down: NUDGE }),
    },
    {
      keys: ["Space"],
      does: "Hold and drag to move the picture",
      onHold: (panning) => viewer.set({ panning }),
    },
    {
      keys: ["I"],
      does: "Invert black and white",
      onPress: () => viewer.set({ inverted: !viewer.inverted }),
    },
    { keys: ["R"], does: "Reset zoom, position and window", onPress: viewer.reset },
    ...PRESETS.map(({ name, keys, window }) => ({
      keys: [keys],
      does: `Window: ${name.toLowerCase()}`,
      onPress: () => viewer.set({ window }),
    })),
    { keys: ["?"], does: "This list", onPress: help },
  ];
}

export const GESTURES: readonly (readonly [string, string])[] = [
  ["Wheel", "Next or previous slice"],
  ["Ctrl + wheel", "Zoom"],
  ["Left click or drag", "Move the crosshair (volumes)"],
  ["Right drag", "Contrast (sideways), brightness (up, down)"],
  ["Middle drag", "Move the picture"],
];
