/** What is drawn over the surfaces: the crosshair and lines that were measured. */

import type { Mm } from "../frames/affine.ts";
import { projected, type Size, type View } from "./camera.ts";
import { label, stroke } from "./overlay.ts";

export interface SpaceLine {
  readonly key: string;
  readonly from: Mm;
  readonly to: Mm;
  readonly words: string;
  readonly isSelected: boolean;
}

const ARM = 9;
const RING = 5;

/** A ring with four arms, seen through everything. */
export function drawPlace(context: CanvasRenderingContext2D, view: View, place: Mm, size: Size) {
  const at = projected(view, place, size);
  if (!at) {
    return;
  }
  context.beginPath();
  context.arc(at.x, at.y, RING, 0, 2 * Math.PI);
  for (const [x, y] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const) {
    context.moveTo(at.x + x * RING, at.y + y * RING);
    context.lineTo(at.x + x * (RING + ARM), at.y + y * (RING + ARM));
  }
  stroke(context, "rgb(94 214 190)", 1.5);
}

export function drawSpaceLine(
  context: CanvasRenderingContext2D,
  view: View,
  line: SpaceLine,
  size: Size,
) {
  const [from, to] = [projected(view, line.from, size), projected(view, line.to, size)];
  if (!from || !to) {
    return;
  }
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  stroke(
    context,
    line.isSelected ? "rgb(255 255 255)" : "rgb(236 240 245 / 0.8)",
    line.isSelected ? 2.5 : 1.25,
  );
  if (line.isSelected) {
    const end = from.x > to.x ? from : to;
    label(context, line.words, [end.x + 8, end.y], size);
  }
}

/** The patient's sides as a small cross of axes in a corner. */
export function drawSides(context: CanvasRenderingContext2D, view: View, { height }: Size) {
  const corner = { width: 64, height: 64 };
  const away: Mm = [
    view.eye[0] - view.target[0],
    view.eye[1] - view.target[1],
    view.eye[2] - view.target[2],
  ];
  const length = Math.hypot(...away) || 1;
  const eye: Mm = [(away[0] / length) * 6, (away[1] / length) * 6, (away[2] / length) * 6];
  const turned: View = { eye, target: [0, 0, 0], up: view.up };
  const middle = [6 + corner.width / 2, height - 6 - corner.height / 2] as const;
  context.font = "600 12px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const [letter, tip] of [
    ["R", [1, 0, 0]],
    ["L", [-1, 0, 0]],
    ["A", [0, 1, 0]],
    ["P", [0, -1, 0]],
    ["S", [0, 0, 1]],
    ["I", [0, 0, -1]],
  ] as const) {
    const at = projected(turned, tip, corner);
    if (!at) {
      continue;
    }
    const isNear = at.depth < 6;
    const [x, y] = [middle[0] + at.x - 32, middle[1] + at.y - 32];
    context.globalAlpha = isNear ? 1 : 0.5;
    context.beginPath();
    context.moveTo(...middle);
    context.lineTo(middle[0] + (x - middle[0]) * 0.62, middle[1] + (y - middle[1]) * 0.62);
    context.strokeStyle = "rgb(195 202 212)";
    context.lineWidth = 1;
    context.stroke();
    context.fillStyle = "rgb(232 236 241)";
    context.fillText(letter, x, y);
  }
  context.globalAlpha = 1;
}
