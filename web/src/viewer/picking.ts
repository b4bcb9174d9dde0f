/** Which surface lies under a line of sight. */

import type { Mm } from "../frames/affine.ts";
import type { Ray } from "./camera.ts";
import type { Mesh } from "./mesh.ts";
import { cross3, dot3, minus, plus, type Vector } from "./vector.ts";

/** Everything on the side its normal points to stays. */
export interface Cut {
  readonly origin: Mm;
  readonly normal: Mm;
}

export interface Pickable {
  readonly mesh: Mesh;
  readonly opacity: number;
  /** Whether the cut leaves it as it is. */
  readonly isWhole?: boolean;
}

export interface Hit {
  readonly name: string;
  readonly place: Mm;
}

/** From here on a surface is solid: it is hit before glass that stands in front of it. */
const SOLID = 0.5;

export function isCutAway(place: Mm, cut: Cut | null): boolean {
  return cut !== null && dot3(minus(place, cut.origin), cut.normal) < 0;
}

/** The nearest solid surface; the nearest glass one where there is none. */
export function picked(ray: Ray, surfaces: readonly Pickable[], cut: Cut | null): Hit | null {
  let best: { hit: Hit; distance: number; isSolid: boolean } | null = null;
  for (const { mesh, opacity, isWhole } of surfaces) {
    const distance = distanceTo(mesh, ray, isWhole ? null : cut);
    const isSolid = opacity >= SOLID;
    if (distance === null || (best?.isSolid && !isSolid)) {
      continue;
    }
    if (!best || (isSolid && !best.isSolid) || distance < best.distance) {
      const place = plus(ray.from, ray.along, distance);
      best = { hit: { name: mesh.name, place }, distance, isSolid };
    }
  }
  return best?.hit ?? null;
}

/** How far the first visible triangle is (Möller and Trumbore 1997). */
function distanceTo(mesh: Mesh, ray: Ray, cut: Cut | null): number | null {
  const { points, triangles } = mesh;
  let nearest: number | null = null;
  const corner = (at: number): Vector => {
    const vertex = (triangles[at] ?? 0) * 3;
    return [points[vertex] ?? 0, points[vertex + 1] ?? 0, points[vertex + 2] ?? 0];
  };
  for (let at = 0; at < triangles.length; at += 3) {
    const distance = crossing(ray, corner(at), corner(at + 1), corner(at + 2));
    if (distance !== null && (nearest === null || distance < nearest)) {
      if (!isCutAway(plus(ray.from, ray.along, distance), cut)) {
        nearest = distance;
      }
    }
  }
  return nearest;
}

function crossing({ from, along }: Ray, a: Vector, b: Vector, c: Vector): number | null {
  const [ab, ac] = [minus(b, a), minus(c, a)];
  const p = cross3(along, ac);
  const determinant = dot3(ab, p);
  if (Math.abs(determinant) < 1e-12) {
    return null;
  }
  const away = minus(from, a);
  const u = dot3(away, p) / determinant;
  const q = cross3(away, ab);
  const v = dot3(along, q) / determinant;
  if (u < 0 || v < 0 || u + v > 1) {
    return null;
  }
  const distance = dot3(ac, q) / determinant;
  return distance > 0 ? distance : null;
}
