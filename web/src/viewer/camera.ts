/** Where the eye stands in space, and what it sees where: pure, in RAS+ mm and CSS pixels. */

import type { Mm } from "../frames/affine.ts";
import { type Box, middleOf } from "./mesh.ts";
import {
  cross3,
  dot3,
  lengthOf,
  minus,
  plus,
  scaled,
  turned,
  unit,
  type Vector,
} from "./vector.ts";

export interface View {
  readonly eye: Mm;
  readonly target: Mm;
  /** About upward on the screen. */
  readonly up: Mm;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The opening of the perspective from bottom to top. */
export const ANGLE_DEG = 30;
const TANGENT = Math.tan((ANGLE_DEG * Math.PI) / 360);

/** Right, up and forward on the screen, as unit directions in the patient. */
export function screenAxes({ eye, target, up }: View): {
  right: Vector;
  up: Vector;
  ahead: Vector;
} {
  const ahead = unit(minus(target, eye));
  const right = unit(cross3(ahead, up));
  return { right, up: cross3(right, ahead), ahead };
}

/** What a head leaves free at the edges of the picture. */
const MARGIN = 1.1;

/** See the ellipsoid that fills a box from a direction (from its middle to the eye). */
export function viewOf(box: Box, from: Mm, { width, height }: Size): View {
  const target = middleOf(box);
  const seen: View = { eye: plus(target, unit(from)), target, up: [0, 0, 1] };
  const { right, up, ahead } = screenAxes(seen);
  const half = scaled(minus(box.high, box.low), 0.5);
  const reach = (along: Vector) =>
    Math.hypot(half[0] * along[0], half[1] * along[1], half[2] * along[2]);
  const wide = (TANGENT * width) / Math.max(height, 1);
  const flat = MARGIN * Math.max(reach(up) / TANGENT, reach(right) / wide);
  // The near half looks larger than its outline in the middle.
  return { ...seen, eye: plus(target, unit(from), Math.hypot(flat, reach(ahead))) };
}

/** Keep what is seen in a window of another size, as far as two first views tell. */
export function refitted(view: View, before: View, after: View): View {
  const away = ({ eye, target }: View) => lengthOf(minus(eye, target));
  return dollied(view, away(before) / away(after));
}

/** Turn around the target: to the right and up, in radians; never over the poles. */
export function orbited(view: View, right: number, up: number): View {
  const away = minus(view.eye, view.target);
  const around = turned(away, [0, 0, 1], -right);
  const height = Math.asin(around[2] / (lengthOf(around) || 1));
  const wanted = Math.min(Math.max(height + up, -1.5), 1.5);
  const axis = unit(cross3(around, [0, 0, 1]));
  return { ...view, up: [0, 0, 1], eye: plus(view.target, turned(around, axis, wanted - height)) };
}

/** Come nearer (above 1) or go away (below 1). */
export function dollied(view: View, factor: number): View {
  const away = minus(view.eye, view.target);
  const distance = Math.min(Math.max(lengthOf(away) / factor, 5), 2000);
  return { ...view, eye: plus(view.target, unit(away), distance) };
}

/** Move the picture by CSS pixels, at the depth of the target. */
export function panned(view: View, x: number, y: number, { height }: Size): View {
  const { right, up } = screenAxes(view);
  const mmPerPixel = (2 * TANGENT * lengthOf(minus(view.target, view.eye))) / Math.max(height, 1);
  const move = plus(scaled(right, -x * mmPerPixel), up, y * mmPerPixel);
  return { ...view, eye: plus(view.eye, move), target: plus(view.target, move) };
}

/** Where a point is drawn, and how far before the eye it lies; null behind the eye. */
export function projected(
  view: View,
  point: Mm,
  { width, height }: Size,
): { x: number; y: number; depth: number } | null {
  const { right, up, ahead } = screenAxes(view);
  const away = minus(point, view.eye);
  const depth = dot3(away, ahead);
  if (depth < 0.1) {
    return null;
  }
  const pixels = height / 2 / TANGENT / depth;
  return {
    x: width / 2 + dot3(away, right) * pixels,
    y: height / 2 - dot3(away, up) * pixels,
    depth,
  };
}

export interface Ray {
  readonly from: Mm;
  /** Unit. */
  readonly along: Mm;
}

/** The line of sight through a place on the screen. */
export function sightThrough(view: View, x: number, y: number, { width, height }: Size): Ray {
  const { right, up, ahead } = screenAxes(view);
  const step = (2 * TANGENT) / height;
  const along = plus(plus(ahead, right, (x - width / 2) * step), up, (height / 2 - y) * step);
  return { from: view.eye, along: unit(along) };
}
