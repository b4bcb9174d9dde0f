/** What drawing needs from the reading room, and gives to it. Another feature fills it in. */

import type { ComponentType, ReactNode } from "react";
import type { Mm } from "../../frames/affine.ts";
import type { Sheet } from "../../frames/sheet.ts";
import type { Analysis } from "../../queries/analyses.ts";
import type { Series, Study } from "../../queries/studies.ts";
import type { KeyBinding } from "../../ui/keymap.ts";
import type { PaneSketch } from "../../viewer/sketch.ts";

/** Where the reader is, and how to go elsewhere. */
export interface RoomOfDrawing {
  /** The slice that the keys steer; null while it is not known, and for the 3D view. */
  readonly sheet: Sheet | null;
  /** The class whose evidence is shown. */
  readonly target: string;
  /** In millimeters of the series itself. */
  readonly goTo: (place: Mm, sliceIndex: number | null) => void;
}

export interface Drawing {
  readonly isOn: boolean;
  /** The button that starts and stops it. */
  readonly toggle: ReactNode;
  readonly bar: (room: RoomOfDrawing) => ReactNode;
  readonly panel: (room: RoomOfDrawing) => ReactNode;
  readonly keys: (room: RoomOfDrawing) => readonly KeyBinding[];
  readonly gestures: readonly (readonly [string, string])[];
  readonly sketchOn: (sheet: Sheet) => PaneSketch;
}

export type Annotator = ComponentType<{
  readonly study: Study;
  readonly series: Series;
  readonly analysis: Analysis | null;
  readonly children: (drawing: Drawing) => ReactNode;
}>;

/** Keys of drawing first: what they take, the room lets go. */
export function mergedKeys(
  drawing: readonly KeyBinding[],
  reading: readonly KeyBinding[],
): KeyBinding[] {
  const taken = new Set(drawing.flatMap(({ keys }) => keys));
  const left = reading.flatMap((binding) => {
    const keys = binding.keys.filter((key) => !taken.has(key));
    return keys.length > 0 ? [{ ...binding, keys }] : [];
  });
  return [...drawing, ...left];
}
