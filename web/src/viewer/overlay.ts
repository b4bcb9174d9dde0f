/** Draws what lies over the anatomy: evidence, layers, outlines, measured lines, the crosshair. */

import { paintEvidence } from "./colormap.ts";
import type { SliceLayer } from "./layers.ts";
import { outlineSegments } from "./outline.ts";
import { cssColor } from "./palette.ts";
import type { Point } from "./surface.ts";

/** One evidence picture on the grid of the anatomy below it. */
export interface EvidencePicture {
  readonly map: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** Where the color saturates: a constant of the data set, never of the picture. */
  readonly scale: number;
  readonly threshold: number;
  /** False for a map that failed one of its tests: it is drawn gray, without an outline. */
  readonly isTrusted?: boolean;
}

type ToScreen = (row: number, column: number) => Point;

/** Make the drawing unit one pixel of the picture, with (0, 0) at the corner of the first pixel. */
function alignToPicture(context: CanvasRenderingContext2D, toScreen: ToScreen): void {
  const [x0, y0] = toScreen(-0.5, -0.5);
  const [xRight, yRight] = toScreen(-0.5, 0.5);
  const [xDown, yDown] = toScreen(0.5, -0.5);
  context.transform(xRight - x0, yRight - y0, xDown - x0, yDown - y0, x0, y0);
}

/** The evidence as a small canvas of its own, to be drawn again while the reader pans. */
export function renderEvidence(evidence: EvidencePicture): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = evidence.columns;
  canvas.height = evidence.rows;
  const rgba = paintEvidence(evidence.map, evidence.scale, evidence.isTrusted);
  canvas.getContext("2d")?.putImageData(new ImageData(rgba, evidence.columns), 0, 0);
  return canvas;
}

export function drawEvidence(
  context: CanvasRenderingContext2D,
  picture: HTMLCanvasElement,
  toScreen: ToScreen,
  opacity: number,
): void {
  context.save();
  alignToPicture(context, toScreen);
  context.globalAlpha = opacity;
  context.imageSmoothingEnabled = true;
  context.drawImage(picture, 0, 0);
  context.restore();
}

/** Line the places where the evidence reaches its threshold. */
export function drawOutline(
  context: CanvasRenderingContext2D,
  evidence: EvidencePicture,
  toScreen: ToScreen,
): void {
  context.save();
  context.beginPath();
  for (const [r1, c1, r2, c2] of outlineSegments(
    evidence.map,
    evidence.columns,
    evidence.threshold,
  )) {
    context.moveTo(...toScreen(r1, c1));
    context.lineTo(...toScreen(r2, c2));
  }
  stroke(context, "rgb(255 214 120)", 1.5);
  context.restore();
}

const GAP = 14;

/** Two thin lines that leave the place itself free to be seen. */
export function drawCrosshair(
  context: CanvasRenderingContext2D,
  [x, y]: Point,
  width: number,
  height: number,
): void {
  context.save();
  context.beginPath();
  context.moveTo(0, y);
  context.lineTo(x - GAP, y);
  context.moveTo(x + GAP, y);
  context.lineTo(width, y);
  context.moveTo(x, 0);
  context.lineTo(x, y - GAP);
  context.moveTo(x, y + GAP);
  context.lineTo(x, height);
  context.strokeStyle = "rgb(94 214 190 / 0.75)";
  context.lineWidth = 1;
  context.stroke();
  context.restore();
}

/** A line in two tones, to be seen on dark and on bright ground. */
export function stroke(context: CanvasRenderingContext2D, color: string, width: number): void {
  context.strokeStyle = "rgb(10 12 15 / 0.8)";
  context.lineWidth = width + 2;
  context.stroke();
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

/** Words on a dark plate, kept inside of the picture. */
export function label(
  context: CanvasRenderingContext2D,
  words: string,
  [x, y]: Point,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  context.font = "600 12px system-ui, sans-serif";
  context.textAlign = "left";
  context.textBaseline = "middle";
  const wide = context.measureText(words).width;
  const left = Math.min(Math.max(x, 4), Math.max(width - wide - 8, 4));
  const middle = Math.min(Math.max(y, 12), height - 12);
  context.fillStyle = "rgb(10 12 15 / 0.75)";
  context.fillRect(left - 4, middle - 9, wide + 8, 18);
  context.fillStyle = "rgb(255 255 255)";
  context.fillText(words, left, middle);
}

/** A colored layer over the slice, as a small canvas to be drawn again while the reader pans. */
export function renderLayer(layer: SliceLayer): HTMLCanvasElement | null {
  if (!layer.rgba) {
    return null;
  }
  const canvas = document.createElement("canvas");
  canvas.width = layer.columns;
  canvas.height = layer.rows;
  canvas.getContext("2d")?.putImageData(new ImageData(layer.rgba, layer.columns), 0, 0);
  return canvas;
}

export function drawLayerOutlines(
  context: CanvasRenderingContext2D,
  layer: SliceLayer,
  toScreen: ToScreen,
): void {
  for (const { color, segments } of layer.outlines) {
    context.beginPath();
    for (const [r1, c1, r2, c2] of segments) {
      context.moveTo(...toScreen(r1, c1));
      context.lineTo(...toScreen(r2, c2));
    }
    stroke(context, cssColor(color), 1.5);
  }
}

/** A measured line on a slice, in fractional rows and columns. */
export interface SliceMark {
  readonly key: string;
  readonly from: Point;
  readonly to: Point;
  /** Taken in this slice, only passing through it, or a plane that cuts it. */
  readonly kind: "within" | "through" | "plane";
  readonly words: string;
  readonly isSelected: boolean;
}

const DASHES: Readonly<Record<SliceMark["kind"], readonly number[]>> = {
  within: [],
  through: [2, 5],
  plane: [8, 6],
};

/** A line that only passes through looks shorter than it is, and says so where it was chosen. */
function wordsOf({ kind, words, isSelected }: SliceMark): string {
  if (kind === "through") {
    return isSelected ? `${words} in space` : "";
  }
  return words;
}

export function drawMark(
  context: CanvasRenderingContext2D,
  mark: SliceMark,
  toScreen: ToScreen,
  size: { readonly width: number; readonly height: number },
): void {
  const [from, to] = [toScreen(...mark.from), toScreen(...mark.to)];
  context.save();
  context.beginPath();
  context.setLineDash([...DASHES[mark.kind]]);
  context.moveTo(...from);
  context.lineTo(...to);
  if (mark.kind === "plane") {
    context.strokeStyle = "rgb(255 255 255 / 0.9)";
    context.lineWidth = 1.25;
    context.stroke();
  } else {
    stroke(context, "rgb(255 255 255)", mark.isSelected ? 2.5 : 1.5);
  }
  const words = wordsOf(mark);
  if (words) {
    label(context, words, [Math.max(from[0], to[0]) + 8, from[0] > to[0] ? from[1] : to[1]], size);
  }
  context.restore();
}
