/** The gesture that is under way, shared by all panes: who paints it listens. */

import { createStore } from "zustand/vanilla";
import type { Flat } from "../../frames/sheet.ts";
import type { Place, Ring } from "./rings.ts";

export interface Gesture {
  /** The sheet under the pointer. */
  readonly key: string;
  /** Where the pointer is; null where it left. */
  readonly cursor: Flat | null;
  /** The way of a brush since the button went down. */
  readonly path: readonly Flat[];
  /** Corners that are being moved, of the drawing that is chosen. */
  readonly moving: { readonly rings: readonly Ring[]; readonly place: Place } | null;
  /** A place to look at, for example where an outline crosses itself. */
  readonly mark: Flat | null;
}

export const NO_GESTURE: Gesture = { key: "", cursor: null, path: [], moving: null, mark: null };

export const gesture = createStore<Gesture>()(() => NO_GESTURE);
