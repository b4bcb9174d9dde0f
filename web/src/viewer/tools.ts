/** What a gesture does to the view: pure functions over small states. */

import type { GrayWindow } from "./store.ts";

/**
 * The reader's window in gray values. It is kept as a share of the window that the server chose
 * (0 its black, 1 its white), so that it fits every slice and every sequence.
 */
export function inGray(share: GrayWindow, first: GrayWindow): GrayWindow {
  const span = first.high - first.low;
  return { low: first.low + share.low * span, high: first.low + share.high * span };
}

/** The inverse of `inGray`. */
export function inShares(gray: GrayWindow, first: GrayWindow): GrayWindow {
  const span = first.high - first.low || 1;
  return { low: (gray.low - first.low) / span, high: (gray.high - first.low) / span };
}

const NARROWEST = 0.001;

/** Right-drag over 400 pixels: rightward widens by the whole first window, upward brightens by it. */
export function dragWindow(start: GrayWindow, x: number, y: number): GrayWindow {
  const width = Math.max(start.high - start.low + x / 400, NARROWEST);
  const center = (start.low + start.high) / 2 + y / 400;
  return { low: center - width / 2, high: center + width / 2 };
}

export const PRESETS: readonly { name: string; keys: string; window: GrayWindow }[] = [
  { name: "As imported", keys: "Shift+1", window: { low: 0, high: 1 } },
  { name: "High contrast", keys: "Shift+2", window: { low: 0.25, high: 0.75 } },
  { name: "Bright", keys: "Shift+3", window: { low: 0, high: 0.6 } },
  { name: "Dim", keys: "Shift+4", window: { low: 0, high: 1.6 } },
  { name: "Low signal", keys: "Shift+5", window: { low: 0, high: 0.3 } },
];

/** Wheel travel of one notch (about 100) doubles in about seven notches. */
export function wheelZoom(deltaY: number): number {
  return Math.exp(-deltaY / 1000);
}

/** Three presses of a key double the picture. */
export function keyZoom(steps: number): number {
  return 2 ** (steps / 3);
}

/** Step inside a stack, without leaving it. */
export function stepped(index: number, by: number, count: number): number {
  return Math.min(Math.max(index + by, 0), count - 1);
}
