/** Draws what lies over the anatomy: evidence, its outline, the crosshair. */

import { paintEvidence } from "./colormap.ts";
import { outlineSegments } from "./outline.ts";
import type { Point } from "./surface.ts";

/** One evidence picture on the grid of the anatomy below it. */
export interface EvidencePicture {
  readonly map: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** Where the color saturates: a constant of the data set, never of the picture. */
  readonly scale: number;
  readonly threshold: number;
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
  const rgba = paintEvidence(evidence.map, evidence.scale);
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
  context.strokeStyle = "rgb(10 12 15 / 0.8)";
  context.lineWidth = 3.5;
  context.stroke();
  context.strokeStyle = "rgb(255 214 120)";
  context.lineWidth = 1.5;
  context.stroke();
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
