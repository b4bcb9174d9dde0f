/** Draw a slice, the map over it and the outlines of what was marked. */

import { paintEvidence } from "./colormap.ts";
import { outlineSegments } from "./outline.ts";

export function readBytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

export function readFloats(base64: string): Float32Array<ArrayBuffer> {
  return new Float32Array(readBytes(base64).buffer);
}

/** Gray values as RGBA bytes. */
export function paintGray(picture: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(picture.length * 4);
  picture.forEach((gray, at) => {
    rgba.set([gray, gray, gray, 255], at * 4);
  });
  return rgba;
}

/** A slice as the network sees it; pictures and masks are base64 of uint8, row after row. */
export interface SeenSlice {
  /** Pixels a side. */
  readonly size: number;
  /** Places of the map a side. */
  readonly cells: number;
  readonly picture: string;
  /** How much of each place is marked "look here", 255 is all of it. */
  readonly evidence?: string;
  readonly not_evidence?: string;
}

const SIDE = 320; // device pixels; shown at half of that

/**
 * `map` is base64 of float32, `cells` places a side; its colors saturate at `scale`, and it is gray
 * if it is not trusted.
 */
export function drawMapPicture(
  canvas: HTMLCanvasElement,
  shown: SeenSlice,
  map: string,
  scale: number,
  isTrusted = true,
): void {
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext("2d");
  if (!context) {
    return;
  }
  const { size, cells } = shown;
  drawScaled(context, paintGray(readBytes(shown.picture)), size);
  drawScaled(context, paintEvidence(readFloats(map), scale, isTrusted), cells);
  outline(context, shown.evidence, cells, "#7ddcb5", []);
  outline(context, shown.not_evidence, cells, "#ff9d9d", [7, 5]);
}

function drawScaled(
  context: CanvasRenderingContext2D,
  rgba: Uint8ClampedArray<ArrayBuffer>,
  side: number,
): void {
  const small = document.createElement("canvas");
  [small.width, small.height] = [side, side];
  small.getContext("2d")?.putImageData(new ImageData(rgba, side, side), 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, SIDE, SIDE);
}

function outline(
  context: CanvasRenderingContext2D,
  mask: string | undefined,
  cells: number,
  color: string,
  dash: readonly number[],
): void {
  if (!mask) {
    return;
  }
  const step = SIDE / cells;
  const covered = Float32Array.from(readBytes(mask), (part) => part / 255);
  context.strokeStyle = color;
  context.lineWidth = 2.5;
  context.setLineDash([...dash]);
  context.beginPath();
  for (const [row1, column1, row2, column2] of outlineSegments(covered, cells, 0.5)) {
    context.moveTo((column1 + 0.5) * step, (row1 + 0.5) * step);
    context.lineTo((column2 + 0.5) * step, (row2 + 0.5) * step);
  }
  context.stroke();
}
