/** Draw the map of the cohort. */

import type { MapPoint } from "../../queries/similar.ts";
import { LOOKS, OTHER, type Spot } from "./points.ts";

/** Of a sign, by how many there are: thousands of large ones would be one blot. */
const RADII = [
  { upTo: 600, radius: 4 },
  { upTo: 2000, radius: 3 },
  { upTo: Number.POSITIVE_INFINITY, radius: 2.2 },
] as const;

export function radiusOf(count: number): number {
  return RADII.find(({ upTo }) => count <= upTo)?.radius ?? 2.2;
}

/**
 * The order in which points are painted: mixed, so that no class hides another, what is chosen last.
 * The same at every call.
 */
export function paintOrder(count: number, chosen: ReadonlySet<number>): number[] {
  const mixed = (at: number) => (at * 2654435761) % 4294967296; // Knuth's multiplicative hash
  return Array.from({ length: count }, (_, at) => at).sort(
    (one, other) =>
      Number(chosen.has(one)) - Number(chosen.has(other)) || mixed(one) - mixed(other),
  );
}

export function paintMap(
  context: CanvasRenderingContext2D,
  points: readonly MapPoint[],
  spots: readonly Spot[],
  order: readonly number[],
  chosen: ReadonlySet<number>,
  outline: readonly Spot[],
): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  const radius = radiusOf(points.length);
  for (const at of order) {
    const point = points[at];
    const [x, y] = spots[at] ?? [0, 0];
    const { color, shape } = LOOKS[point?.label ?? ""] ?? OTHER;
    context.globalAlpha = chosen.size > 0 && !chosen.has(at) ? 0.25 : 0.85;
    context.beginPath();
    trace(context, shape, x, y, radius);
    // What only the network says is hollow.
    if (point?.label_source === "model") {
      context.strokeStyle = color;
      context.lineWidth = radius > 3 ? 1.5 : 1;
      context.stroke();
    } else {
      context.fillStyle = color;
      context.fill();
    }
  }
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
  radius: number,
): void {
  if (shape === "disc") {
    context.arc(x, y, radius, 0, 2 * Math.PI);
  } else if (shape === "square") {
    context.rect(x - radius + 0.5, y - radius + 0.5, 2 * radius - 1, 2 * radius - 1);
  } else if (shape === "triangle") {
    polygon(context, [
      [x, y - radius - 0.5],
      [x + radius, y + radius - 0.5],
      [x - radius, y + radius - 0.5],
    ]);
  } else {
    polygon(context, [
      [x, y - radius - 1],
      [x + radius + 1, y],
      [x, y + radius + 1],
      [x - radius - 1, y],
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
