/** Union, difference and clipping of areas in flat millimeters; brushes become areas here. Pure. */

import clipping, { type MultiPolygon } from "polygon-clipping";
import type { Flat } from "../../frames/sheet.ts";
import {
  distance,
  isInside,
  LEAST_AREA,
  nearestOn,
  type Piece,
  type Ring,
  signedArea,
  simplified,
} from "./rings.ts";
import { tracedRings } from "./tracing.ts";

/** Corners are laid on a lattice this fine, in mm: it keeps the arithmetic of crossings exact enough. */
const LATTICE = 1e-4;
/** Slivers that rounding leaves behind. */
const LEAST_PIECE = Math.max(LEAST_AREA, 0.02);

function rounded([u, v]: Flat): [number, number] {
  return [Math.round(u / LATTICE) * LATTICE, Math.round(v / LATTICE) * LATTICE];
}

function closed(ring: Ring): [number, number][] {
  const corners = ring.map(rounded);
  return [...corners, corners[0] ?? [0, 0]];
}

function shapesOf(pieces: readonly Piece[]): MultiPolygon {
  return pieces.map(({ outer, holes }) => [outer, ...holes].map(closed));
}

function open(ring: readonly (readonly [number, number])[]): Ring {
  return ring.slice(0, -1);
}

function piecesOf(shapes: MultiPolygon): Piece[] {
  return shapes
    .map(([outer = [], ...holes]) => ({
      outer: open(outer),
      holes: holes.map(open).filter((hole) => Math.abs(signedArea(hole)) >= LEAST_PIECE),
    }))
    .filter(({ outer }) => Math.abs(signedArea(outer)) >= LEAST_PIECE)
    .sort((a, b) => areaOf(b) - areaOf(a));
}

export function areaOf({ outer, holes }: Piece): number {
  const cutOut = holes.reduce((sum, hole) => sum + Math.abs(signedArea(hole)), 0);
  return Math.abs(signedArea(outer)) - cutOut;
}

/** All areas as one, the largest piece first. */
export function union(pieces: readonly Piece[]): Piece[] {
  const [first, ...others] = shapesOf(pieces);
  return first ? piecesOf(clipping.union(first, ...others)) : [];
}

/** What is left of areas, the largest piece first. */
export function difference(pieces: readonly Piece[], gone: readonly Piece[]): Piece[] {
  return piecesOf(clipping.difference(shapesOf(pieces), shapesOf(gone)));
}

export function intersection(pieces: readonly Piece[], within: readonly Piece[]): Piece[] {
  return pieces.length === 0
    ? []
    : piecesOf(clipping.intersection(shapesOf(pieces), shapesOf(within)));
}

export function doTouch(one: readonly Piece[], other: readonly Piece[]): boolean {
  return intersection(one, other).length > 0;
}

const ROUND = 48;

/** A polygon with the area of the disc. */
export function disc([u, v]: Flat, radius: number, corners = ROUND): Ring {
  const turn = (2 * Math.PI) / corners;
  const reach = radius * Math.sqrt(turn / Math.sin(turn));
  return Array.from(
    { length: corners },
    (_, at): Flat => [u + reach * Math.cos(at * turn), v + reach * Math.sin(at * turn)],
  );
}

/** How far a brush path may be straightened, as a share of its radius. */
const STRAIGHT = 0.03;

export function thinned(path: readonly Flat[], radius: number): Flat[] {
  return simplified(path, radius * STRAIGHT);
}

/** Places of the field per radius; its outline is off by about a 500th of the radius. */
const FINENESS = 8;
/** More places are not looked at: a long path with a tiny brush becomes a little less exact. */
const MOST_PLACES = 2_000_000;
/** How far corners of the outline may be left out, as a share of the radius. */
const SMOOTH = 0.008;

/** The area that a brush of a radius covers along a path. */
export function strokeArea(path: readonly Flat[], radius: number): Piece[] {
  const line = thinned(path, radius);
  const [first] = line;
  if (!first) {
    return [];
  }
  if (line.length === 1) {
    return [{ outer: disc(first, radius), holes: [] }];
  }
  const field = reachOf(line, radius);
  const rings = tracedRings(field.values, field.columns).map((ring) =>
    withoutSmall(
      ring.map(
        ([row, column]): Flat => [field.left + column * field.step, field.top + row * field.step],
      ),
      radius * SMOOTH,
    ),
  );
  return nested(rings.filter((ring) => ring.length > 2));
}

interface Field {
  readonly values: Float32Array;
  readonly columns: number;
  readonly left: number;
  readonly top: number;
  readonly step: number;
}

/** By how much the brush reaches over every place; below zero where it does not. */
function reachOf(line: readonly Flat[], radius: number): Field {
  const [us, vs] = [line.map(([u]) => u), line.map(([, v]) => v)];
  const [wide, tall] = [us, vs].map((all) => Math.max(...all) - Math.min(...all) + 2 * radius) as [
    number,
    number,
  ];
  const step = Math.max(radius / FINENESS, Math.sqrt((wide * tall) / MOST_PLACES));
  const [left, top] = [Math.min(...us) - radius - 2 * step, Math.min(...vs) - radius - 2 * step];
  const [columns, rows] = [Math.ceil(wide / step) + 5, Math.ceil(tall / step) + 5];
  const field = { values: new Float32Array(rows * columns).fill(-step), columns, left, top, step };
  line.slice(1).forEach((to, at) => {
    stamp(field, line[at] ?? to, to, radius);
  });
  return field;
}

function stamp({ values, columns, left, top, step }: Field, from: Flat, to: Flat, radius: number) {
  const reach = radius + step;
  const first = (a: number, b: number, start: number) =>
    Math.max(Math.floor((Math.min(a, b) - reach - start) / step), 0);
  const last = (a: number, b: number, start: number) =>
    Math.ceil((Math.max(a, b) + reach - start) / step);
  const [firstColumn, lastColumn] = [first(from[0], to[0], left), last(from[0], to[0], left)];
  const lastRow = last(from[1], to[1], top);
  for (let row = first(from[1], to[1], top); row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const place: Flat = [left + column * step, top + row * step];
      const over = radius - distance(nearestOn([from, to], place), place);
      const at = row * columns + column;
      if (over > (values[at] ?? 0)) {
        values[at] = over;
      }
    }
  }
}

/** Leave out corners of a closed line that lie within a tolerance of it. */
function withoutSmall(ring: readonly Flat[], tolerance: number): Flat[] {
  const half = Math.floor(ring.length / 2);
  const there = simplified(ring.slice(0, half + 1), tolerance);
  const back = simplified([...ring.slice(half), ring[0] ?? [0, 0]], tolerance);
  return [...there.slice(0, -1), ...back.slice(0, -1)];
}

/** Outlines, and the holes that lie in them: traced the other way round. */
function nested(rings: readonly Ring[]): Piece[] {
  const outlines = rings.filter((ring) => signedArea(ring) > 0);
  const holes = rings.filter((ring) => signedArea(ring) <= -LEAST_PIECE);
  return outlines.map((outer) => ({
    outer,
    holes: holes.filter((hole) => isInside(outer, hole[0] ?? [0, 0])),
  }));
}

/** The area inside of lines that were drawn by hand, also where they cross themselves. */
export function filledArea(ring: Ring): Piece[] {
  return ring.length < 3 ? [] : union([{ outer: ring, holes: [] }]);
}
