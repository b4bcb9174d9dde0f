import { CLASS_NAMES, TUMOR_CLASSES } from "../../queries/classes.ts";
import type { KeyBinding } from "../../ui/keymap.ts";
import { useFlight } from "../../viewer/flight.ts";
import type { LayerName, ViewerState } from "../../viewer/store.ts";
import { PRESETS } from "../../viewer/tools.ts";

/** What differs from room to room. */
export interface ReadingActions {
  readonly step: (by: number) => void;
  readonly toEnd: (end: "first" | "last") => void;
  /** Moves the crosshair on the screen; none for plain slices. */
  readonly move?: ((right: number, down: number) => void) | undefined;
  readonly toStrongest?: (() => void) | undefined;
  /** Only where the study was measured in space. */
  readonly space?:
    | {
        /** Whether the 3D view is in use: then arrows turn it. */
        readonly isActive: boolean;
        readonly nextLayout: () => void;
      }
    | undefined;
}

interface Actions extends ReadingActions {
  readonly viewer: ViewerState;
  readonly help: () => void;
}

/** How far one key press moves the picture, in CSS pixels. */
const NUDGE = 40;

/** How far one key press turns the 3D view: 24 go around. */
const TURN = Math.PI / 12;

function turnKeys({ turn }: ViewerState): KeyBinding[] {
  return [
    { keys: ["ArrowLeft"], does: "Turn the 3D view left", onPress: () => turn(-TURN, 0) },
    { keys: ["ArrowRight"], does: "Turn the 3D view right", onPress: () => turn(TURN, 0) },
    { keys: ["ArrowUp"], does: "Look from higher up", onPress: () => turn(0, TURN) },
    { keys: ["ArrowDown"], does: "Look from lower down", onPress: () => turn(0, -TURN) },
  ];
}

/** Layers, layout, flight and cut of a study that was measured in space. */
function spaceKeys(viewer: ViewerState, nextLayout: () => void): KeyBinding[] {
  const layer = (key: string, name: LayerName, words: string): KeyBinding => ({
    keys: [key],
    does: `${words} on or off`,
    onPress: () => viewer.setLayer(name, { isOn: !viewer.layers[name].isOn }),
  });
  const { clip } = viewer;
  return [
    layer("M", "regions", "Sub-regions"),
    layer("U", "uncertainty", "Uncertainty"),
    layer("E", "fused", "Evidence of three axes"),
    {
      keys: ["L"],
      does: "Measured lines on or off",
      onPress: () => viewer.set({ marks: !viewer.marks }),
    },
    { keys: ["V"], does: "Next layout", onPress: nextLayout },
    {
      keys: ["C"],
      does: "Cut the surfaces with a plane, or not",
      onPress: () => viewer.set({ clip: { ...clip, isOn: !clip.isOn } }),
    },
    {
      keys: ["F"],
      does: "Fly to the tumor, around it and close up, or pause",
      onPress: () => useFlight.getState().toggle(),
    },
    { keys: ["["], does: "Fly slower", onPress: () => useFlight.getState().faster(-1) },
    { keys: ["]"], does: "Fly faster", onPress: () => useFlight.getState().faster(1) },
  ];
}

/** The keys of the reading room; the help shows this very list. */
export function readingKeys(actions: Actions): KeyBinding[] {
  const { viewer, step, toEnd, move, toStrongest, space, help } = actions;
  const steps: KeyBinding[] = space?.isActive
    ? turnKeys(viewer)
    : [
        { keys: ["ArrowUp", "ArrowLeft"], does: "Previous slice", onPress: () => step(-1) },
        { keys: ["ArrowDown", "ArrowRight"], does: "Next slice", onPress: () => step(1) },
      ];
  const moves: KeyBinding[] = move
    ? [
        { keys: ["Shift+ArrowLeft"], does: "Crosshair left", onPress: () => move(-1, 0) },
        { keys: ["Shift+ArrowRight"], does: "Crosshair right", onPress: () => move(1, 0) },
        { keys: ["Shift+ArrowUp"], does: "Crosshair up", onPress: () => move(0, -1) },
        { keys: ["Shift+ArrowDown"], does: "Crosshair down", onPress: () => move(0, 1) },
      ]
    : [];
  return [
    ...steps,
    { keys: ["PageUp"], does: "Ten slices back", onPress: () => step(-10) },
    { keys: ["PageDown"], does: "Ten slices on", onPress: () => step(10) },
    { keys: ["Home"], does: "First slice", onPress: () => toEnd("first") },
    { keys: ["End"], does: "Last slice", onPress: () => toEnd("last") },
    ...moves,
    {
      keys: ["H"],
      does: "Hold to hide all layers",
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
    ...(space ? spaceKeys(viewer, space.nextLayout) : []),
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

export const SPACE_GESTURES: readonly (readonly [string, string])[] = [
  ["3D: left drag", "Turn"],
  ["3D: wheel or right drag", "Nearer or farther"],
  ["3D: middle or Shift + drag", "Move the picture"],
  ["3D: click on a surface", "Move the crosshair there"],
];
