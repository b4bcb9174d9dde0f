/** What the reader holds in the hand while drawing: one small store. */

import { create } from "zustand";
import type { Sheet } from "../../frames/sheet.ts";
import type { Kind } from "./content.ts";
import type { Place } from "./rings.ts";

export type Tool = "select" | "outline" | "brush" | "eraser" | "threshold";

export interface ToolState {
  /** Whether drawing is on at all; drawings are shown without it too. */
  readonly isOn: boolean;
  readonly tool: Tool;
  readonly kind: Kind;
  /** Of the brush, as a share of the picture's height. */
  readonly size: number;
  /** How far gray values may differ for the threshold brush, as a share of the first window. */
  readonly tolerance: number;
  /** The drawing that is chosen. */
  readonly selected: string | null;
  /** The corner of it that was touched last. */
  readonly corner: Place | null;
  /** Whether drawings are shown at all, and which are not. */
  readonly isShown: boolean;
  readonly hidden: readonly string[];
  /** Why the last gesture changed nothing. */
  readonly hint: string;
  readonly set: (change: Partial<ToolState>) => void;
  readonly grow: (steps: number) => void;
  readonly toggleHidden: (id: string) => void;
}

const SMALLEST = 0.002;
const LARGEST = 0.2;

export const useTools = create<ToolState>()((set) => ({
  isOn: false,
  tool: "outline",
  kind: "evidence",
  size: 0.02,
  tolerance: 0.1,
  selected: null,
  corner: null,
  isShown: true,
  hidden: [],
  hint: "",
  set: (change) => set(change),
  grow: (steps) =>
    set(({ size }) => ({ size: Math.min(Math.max(size * 1.25 ** steps, SMALLEST), LARGEST) })),
  toggleHidden: (id) =>
    set(({ hidden }) => ({
      hidden: hidden.includes(id) ? hidden.filter((other) => other !== id) : [...hidden, id],
    })),
}));

/** The radius of the brush in mm; in pixels on a picture without a place. */
export function radiusOn(sheet: Sheet, size: number): number {
  const radius = size * sheet.rows * sheet.rowMm[1];
  return Number(radius.toPrecision(2));
}
