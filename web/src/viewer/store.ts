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
  /** True while a drag with the left button moves the picture. */
  readonly panning: boolean;
  /** The sum of all wishes to move the picture by keys; the plane in use follows the difference. */
  readonly nudged: Nudge;
  /** Counts the wishes for the first view; every plane follows it. */
  readonly resets: number;
  readonly open: (first: Partial<ViewerState>) => void;
  readonly set: (change: Partial<ViewerState>) => void;
  readonly nudge: (by: Partial<Nudge>) => void;
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
  panning: false,
  nudged: { zoom: 0, right: 0, down: 0 },
  resets: 0,
} as const;

export const useViewer = create<ViewerState>()((set) => ({
  ...START,
  open: (first) => set({ ...START, ...first }),
  set: (change) => set(change),
  nudge: ({ zoom = 0, right = 0, down = 0 }) =>
    set(({ nudged }) => ({
      nudged: {
        zoom: nudged.zoom + zoom,
        right: nudged.right + right,
        down: nudged.down + down,
      },
    })),
  reset: () =>
    set((state) => ({ window: START.window, inverted: false, resets: state.resets + 1 })),
}));
