import type { KeyBinding } from "../../ui/keymap.ts";
import type { ViewerState } from "../../viewer/store.ts";
import { PRESETS } from "../../viewer/tools.ts";

interface Actions {
  readonly viewer: ViewerState;
  readonly step: (by: number) => void;
  readonly toEnd: (end: "first" | "last") => void;
  /** Moves the crosshair on the screen; none for plain slices. */
  readonly move?: ((right: number, down: number) => void) | undefined;
  readonly toStrongest?: (() => void) | undefined;
  readonly help: () => void;
}

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
  ["Right drag", "Window: sideways contrast, up and down brightness"],
  ["Middle drag, Space + drag", "Move the picture"],
];
