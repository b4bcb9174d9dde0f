/** What the reader has set: place, window, layers. One small store for the one study on the screen. */

import { create } from "zustand";
import type { Mm } from "../frames/affine.ts";

/** Black and white: in gray values, or as shares of the window that the server chose. */
export interface GrayWindow {
  readonly low: number;
  readonly high: number;
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
  /** Counts the wishes for the first view; every plane follows it. */
  readonly resets: number;
  readonly open: (first: Partial<ViewerState>) => void;
  readonly set: (change: Partial<ViewerState>) => void;
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
  resets: 0,
} as const;

export const useViewer = create<ViewerState>()((set) => ({
  ...START,
  open: (first) => set({ ...START, ...first }),
  set: (change) => set(change),
  reset: () =>
    set((state) => ({ window: START.window, inverted: false, resets: state.resets + 1 })),
}));
