/** What the reader has set: place, window, layers. One small store for the one study on the screen. */

import { create } from "zustand";
import type { Mm } from "../frames/affine.ts";

/** Black and white: in gray values, or as shares of the window that the server chose. */
export interface GrayWindow {
  readonly low: number;
  readonly high: number;
}

/** Steps of zoom, and CSS pixels. */
export interface Nudge {
  readonly zoom: number;
  readonly right: number;
  readonly down: number;
}

/** Layers over the anatomy, besides the evidence of one sequence. */
export type LayerName = "regions" | "uncertainty" | "fused";

export interface LayerSetting {
  readonly isOn: boolean;
  readonly opacity: number;
}

/** How areas are drawn. */
export type AreaStyle = "fill" | "outline" | "both";

/** How the planes and the 3D view share the page. */
export type Layout = "four" | "axial" | "space";
export const LAYOUTS: readonly Layout[] = ["four", "axial", "space"];

/** What a plane cuts away from the surfaces: all on one side of the patient. */
export interface Clip {
  readonly isOn: boolean;
  readonly side: "R" | "L" | "A" | "P" | "S" | "I";
  /** How much of the head goes, 0..1. */
  readonly share: number;
}

export interface ViewerState {
  /** The place all planes of a volume meet in; null for plain slices. */
  readonly crosshair: Mm | null;
  /** The slice on display in a stack of plain slices. */
  readonly slice: number;
  /** In shares of the first window of whatever is shown. */
  readonly window: GrayWindow;
  readonly inverted: boolean;
  /** The class whose evidence is drawn; empty for the class that was predicted. */
  readonly target: string;
  readonly opacity: number;
  readonly overlay: boolean;
  readonly outline: boolean;
  /** True while the hold-to-hide key is down. */
  readonly hidden: boolean;
  /** True while the reader holds the button that shows a map in color that failed a test. */
  readonly showAnyway: boolean;
  /** True while a drag with the left button moves the picture. */
  readonly panning: boolean;
  /** The sum of all wishes to move the picture by keys; the plane in use follows the difference. */
  readonly nudged: Nudge;
  /** The sum of all wishes to turn the 3D view by keys, in radians. */
  readonly turned: { readonly right: number; readonly up: number };
  /** Counts the wishes for the first view; every plane follows it. */
  readonly resets: number;
  readonly layers: Readonly<Record<LayerName, LayerSetting>>;
  readonly areaStyle: AreaStyle;
  /** Codes of labels and names of surfaces that the reader does not want to see. */
  readonly unwanted: readonly string[];
  /** Measured lines on the slices and in space. */
  readonly marks: boolean;
  /** The key of the measurement that was chosen last; empty for none. */
  readonly measurement: string;
  readonly layout: Layout;
  readonly clip: Clip;
  /** How much the brain covers in the 3D view, 0..1. */
  readonly glass: number;
  readonly open: (first: Partial<ViewerState>) => void;
  readonly set: (change: Partial<ViewerState>) => void;
  readonly nudge: (by: Partial<Nudge>) => void;
  readonly setLayer: (name: LayerName, change: Partial<LayerSetting>) => void;
  /** Show what is hidden, hide what is shown: a label or a surface. */
  readonly toggleWanted: (name: string) => void;
  readonly turn: (right: number, up: number) => void;
  readonly reset: () => void;
}

const START = {
  crosshair: null,
  slice: 0,
  window: { low: 0, high: 1 },
  inverted: false,
  target: "",
  opacity: 0.6,
  overlay: true,
  outline: false,
  hidden: false,
  showAnyway: false,
  panning: false,
  nudged: { zoom: 0, right: 0, down: 0 },
  turned: { right: 0, up: 0 },
  resets: 0,
  layers: {
    regions: { isOn: true, opacity: 0.45 },
    uncertainty: { isOn: false, opacity: 0.7 },
    fused: { isOn: false, opacity: 0.7 },
  },
  areaStyle: "both",
  unwanted: [],
  marks: true,
  measurement: "",
  layout: "four",
  clip: { isOn: false, side: "S", share: 0.35 },
  glass: 0.25,
} as const;

export const useViewer = create<ViewerState>()((set) => ({
  ...START,
  // How a reader likes the page to be laid out does not depend on the study.
  open: (first) => set(({ layout }) => ({ ...START, layout, ...first })),
  set: (change) => set(change),
  nudge: ({ zoom = 0, right = 0, down = 0 }) =>
    set(({ nudged }) => ({
      nudged: {
        zoom: nudged.zoom + zoom,
        right: nudged.right + right,
        down: nudged.down + down,
      },
    })),
  turn: (right, up) =>
    set(({ turned }) => ({ turned: { right: turned.right + right, up: turned.up + up } })),
  setLayer: (name, change) =>
    set(({ layers }) => ({ layers: { ...layers, [name]: { ...layers[name], ...change } } })),
  toggleWanted: (name) =>
    set(({ unwanted }) => ({
      unwanted: unwanted.includes(name)
        ? unwanted.filter((other) => other !== name)
        : [...unwanted, name],
    })),
  reset: () =>
    set((state) => ({ window: START.window, inverted: false, resets: state.resets + 1 })),
}));
