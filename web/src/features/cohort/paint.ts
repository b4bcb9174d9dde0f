/** Draw the map of the cohort. */

import type { MapPoint } from "../../queries/similar.ts";
import { LOOKS, OTHER, type Spot } from "./points.ts";

const RADIUS = 4;

export function paintMap(
  context: CanvasRenderingContext2D,
  points: readonly MapPoint[],
  spots: readonly Spot[],
  chosen: ReadonlySet<number>,
  outline: readonly Spot[],
): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  points.forEach((point, at) => {
    const [x, y] = spots[at] ?? [0, 0];
    const { color, shape } = LOOKS[point.label ?? ""] ?? OTHER;
    context.globalAlpha = chosen.size > 0 && !chosen.has(at) ? 0.25 : 0.85;
    context.beginPath();
    trace(context, shape, x, y);
    // What only the network says is hollow.
    if (point.label_source === "model") {
      context.strokeStyle = color;
      context.lineWidth = 1.5;
      context.stroke();
    } else {
      context.fillStyle = color;
      context.fill();
    }
  });
  context.globalAlpha = 1;
  if (outline.length > 1) {
    context.beginPath();
    outline.forEach(([x, y], at) => {
      if (at === 0) {
        context.moveTo(x, y);
      } else {
        context.lineTo(x, y);
      }
    });
    context.closePath();
    context.fillStyle = "rgb(255 255 255 / 0.07)";
    context.fill();
    context.strokeStyle = "#fff";
    context.lineWidth = 1.2;
    context.setLineDash([5, 4]);
    context.stroke();
    context.setLineDash([]);
  }
}

export function trace(
  context: CanvasRenderingContext2D,
  shape: "disc" | "square" | "triangle" | "diamond",
  x: number,
  y: number,
): void {
  if (shape === "disc") {
    context.arc(x, y, RADIUS, 0, 2 * Math.PI);
  } else if (shape === "square") {
    context.rect(x - RADIUS + 0.5, y - RADIUS + 0.5, 2 * RADIUS - 1, 2 * RADIUS - 1);
  } else if (shape === "triangle") {
    polygon(context, [
      [x, y - RADIUS - 0.5],
      [x + RADIUS, y + RADIUS - 0.5],
      [x - RADIUS, y + RADIUS - 0.5],
    ]);
  } else {
    polygon(context, [
      [x, y - RADIUS - 1],
      [x + RADIUS + 1, y],
      [x, y + RADIUS + 1],
      [x - RADIUS - 1, y],
    ]);
  }
}

function polygon(context: CanvasRenderingContext2D, corners: readonly Spot[]): void {
  corners.forEach(([x, y], at) => {
    if (at === 0) {
      context.moveTo(x, y);
    } else {
      context.lineTo(x, y);
    }
  });
  context.closePath();
}
