/** What may be drawn over a picture, and the pointer that draws it. */

import type { Point } from "./surface.ts";

export interface SketchView {
  readonly toScreen: (row: number, column: number) => Point;
  readonly width: number;
  readonly height: number;
}

export interface SketchPoint {
  readonly row: number;
  readonly column: number;
  readonly view: SketchView;
  readonly alt: boolean;
  readonly shift: boolean;
  /** 2 for a double click. */
  readonly clicks: number;
}

/** One slice of a pane on which something is drawn. */
export interface PaneSketch {
  /** Whether the pointer draws; else it moves the crosshair. */
  readonly isOn: boolean;
  readonly paint: (context: CanvasRenderingContext2D, view: SketchView) => void;
  /** False leaves the press to the pane. */
  readonly onDown: (at: SketchPoint) => boolean;
  readonly onMove: (at: SketchPoint) => void;
  readonly onUp: () => void;
  /** The pointer passes over without a button; null when it leaves. */
  readonly onHover: (at: SketchPoint | null) => void;
  /** Call back whenever it must be painted anew. */
  readonly subscribe: (listener: () => void) => () => void;
}
