/**
 * A synthetic study that was measured in space: images, areas, doubt, evidence, surfaces and
 * numbers, made of a few formulas. The tumor lies in the patient's left frontal lobe.
 */

import { type Affine, eachVoxel, type Mm, type Shape, toMm } from "../frames/affine.ts";
import type { Line, Volumetry } from "../queries/volumetry.ts";
import { isosurface } from "../viewer/isosurface.ts";
import type { Mesh } from "../viewer/mesh.ts";
import { CENTER, spaceNumbers } from "./spaceNumbers.ts";

type Field = (r: number, a: number, s: number) => number;

/** Positive inside, in mm or so. */
const brain: Field = (r, a, s) => {
  const [x, y, z] = [r / 66, (a + 12) / 84, (s - 8) / 62];
  const ripple = 1.6 * Math.sin(r / 4.1) * Math.sin(a / 4.7 + 1) * Math.sin(s / 4.4 + 2);
  const fissure = 7 * Math.exp(-((r / 2.5) ** 2)) * Math.max(0, Math.min(1, (s - 20) / 20));
  return (1 - Math.hypot(x, y, z)) * 66 + ripple - fissure;
};
const ball = (radii: Mm, bump: number): Field => {
  const [x, y, z] = CENTER;
  return (r, a, s) => {
    const away = Math.hypot((r - x) / radii[0], (a - y) / radii[1], (s - z) / radii[2]);
    return (1 - away) * radii[0] + bump * Math.sin(r / 6) * Math.cos(a / 7) * Math.sin(s / 5);
  };
};
const whole = ball([24, 30, 22], 3);
const core = ball([15, 18, 14], 1.5);
const dead = ball([8.5, 11, 8], 1.2);
const ventricle: Field = (r, a, s) =>
  (1 - Math.hypot((Math.abs(r) - 10) / 6, (a + 6) / 26, (s - 16) / 8)) * 6;

export interface SpacePhantom {
  readonly shape: Shape;
  readonly affine: Affine;
  readonly t1c: Int16Array<ArrayBuffer>;
  readonly flair: Int16Array<ArrayBuffer>;
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly uncertainty: Uint8Array<ArrayBuffer>;
  readonly evidence: Uint8Array<ArrayBuffer>;
  readonly meshes: readonly Mesh[];
  readonly volumetry: Volumetry;
}

/** Repeatable noise, -1..1. */
function noise(at: number): number {
  const x = Math.sin(at * 12.9898) * 43758.5453;
  return 2 * (x - Math.floor(x)) - 1;
}

/** A field at every voxel of a grid, into an array of the kind that is wanted. */
function sampled<Values extends Float32Array | Int16Array | Uint8Array>(
  into: Values,
  { shape, affine }: Grid,
  field: (r: number, a: number, s: number, at: number) => number,
): Values {
  eachVoxel(shape, (at, i, j, k) => {
    into[at] = field(...(toMm(affine, [i, j, k]) as [number, number, number]), at);
  });
  return into;
}

interface Grid {
  readonly shape: Shape;
  readonly affine: Affine;
}

function gridOf(spacing: number): Grid {
  return {
    shape: [Math.round(160 / spacing), Math.round(196 / spacing), Math.round(150 / spacing)],
    affine: [
      [spacing, 0, 0, -80],
      [0, spacing, 0, -110],
      [0, 0, spacing, -66],
      [0, 0, 0, 1],
    ],
  };
}

const label: Field = (r, a, s) => {
  if (dead(r, a, s) > 0) {
    return 1;
  }
  if (core(r, a, s) > 0) {
    return 3;
  }
  return whole(r, a, s) > 0 ? 2 : 0;
};

/** Fluid, gray and white matter by their gray values; then those of the labels 1, 2 and 3. */
function image(tissues: readonly number[], tumor: readonly number[]) {
  return (r: number, a: number, s: number, at: number): number => {
    const depth = brain(r, a, s);
    if (depth <= 0) {
      return 0;
    }
    const isGray = depth < 5 + 2 * Math.sin(r / 5) * Math.sin(a / 6);
    const tissue = ventricle(r, a, s) > 0 ? 0 : isGray ? 1 : 2;
    const part = label(r, a, s);
    return ((part > 0 ? tumor[part - 1] : tissues[tissue]) ?? 0) + 28 * noise(at);
  };
}

const doubt: Field = (r, a, s) => {
  const border = Math.min(
    Math.abs(whole(r, a, s)) / 2.4,
    Math.abs(core(r, a, s)) / 1.6,
    Math.abs(dead(r, a, s)) / 1.6,
  );
  return brain(r, a, s) > 0 ? 255 * Math.exp(-(border ** 2)) : 0;
};

/** Strong in the core, gone some way out of it. */
const proof: Field = (r, a, s) =>
  127.5 * Math.min(2, Math.max(0, 1.7 - Math.max(0, 14 - core(r, a, s)) / 13));

const rim: Field = (r, a, s) => Math.min(core(r, a, s), -dead(r, a, s));

export function makeSpacePhantom(spacing = 2): SpacePhantom {
  const grid = gridOf(spacing);
  const count = grid.shape[0] * grid.shape[1] * grid.shape[2];
  const labels = sampled(new Uint8Array(count), grid, label);
  const surface = (name: string, field: Field): Mesh => {
    // Beyond the border a map is 0, so the border of the surface stands above it.
    const values = sampled(new Float32Array(count), grid, (r, a, s) => field(r, a, s) + 100);
    return isosurface(name, { values, ...grid }, 100);
  };
  return {
    ...grid,
    t1c: sampled(new Int16Array(count), grid, image([120, 430, 560], [210, 430, 900])),
    flair: sampled(new Int16Array(count), grid, image([60, 470, 400], [380, 820, 640])),
    labels,
    uncertainty: sampled(new Uint8Array(count), grid, doubt),
    evidence: sampled(new Uint8Array(count), grid, proof),
    meshes: [
      surface("brain", brain),
      surface("WT", whole),
      surface("TC", core),
      surface("ET", rim),
    ],
    volumetry: spaceNumbers(grid, spacing, labels, {
      longest: lineAlong(whole, [0.25, 0.9, 0.36]),
      crossed: [lineAlong(core, [0.28, 0.96, 0]), lineAlong(core, [0.96, -0.28, 0])],
    }),
  };
}

function reachOf(field: Field, along: Mm): Line["start_mm"] {
  let step = 0;
  const at = (mm: number): Line["start_mm"] => [
    CENTER[0] + along[0] * mm,
    CENTER[1] + along[1] * mm,
    CENTER[2] + along[2] * mm,
  ];
  while (field(...at(step)) > 0) {
    step += 0.5;
  }
  return at(step);
}

function lineAlong(field: Field, along: Mm): Line {
  const [start_mm, end_mm] = [
    reachOf(field, along),
    reachOf(field, along.map((x) => -x) as unknown as Mm),
  ];
  const length_mm = Math.hypot(...start_mm.map((value, at) => value - (end_mm[at] ?? 0)));
  return { start_mm, end_mm, length_mm };
}
