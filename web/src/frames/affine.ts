/** Positions that know their frame: voxel indices and RAS+ millimeters. */

export type Voxel = readonly [i: number, j: number, k: number] & { readonly frame?: "voxel" };
export type Mm = readonly [r: number, a: number, s: number] & { readonly frame?: "ras-mm" };
/** Four rows of four: voxel indices to RAS+ millimeters. */
export type Affine = readonly (readonly number[])[];
export type Shape = readonly [ni: number, nj: number, nk: number];

export function voxel(i: number, j: number, k: number): Voxel {
  return [i, j, k];
}

export function mm(r: number, a: number, s: number): Mm {
  return [r, a, s];
}

function entry(affine: Affine, row: number, column: number): number {
  const value = affine[row]?.[column];
  if (value === undefined) {
    throw new RangeError("An affine has four rows of four numbers.");
  }
  return value;
}

/** The direction and length in RAS+ mm of one step along a voxel axis. */
export function step(affine: Affine, axis: number): Mm {
  return [entry(affine, 0, axis), entry(affine, 1, axis), entry(affine, 2, axis)];
}

export function toMm(affine: Affine, index: Voxel): Mm {
  const at = (row: number) =>
    entry(affine, row, 0) * index[0] +
    entry(affine, row, 1) * index[1] +
    entry(affine, row, 2) * index[2] +
    entry(affine, row, 3);
  return [at(0), at(1), at(2)];
}

/** First `inner`, then `outer`. */
export function compose(outer: Affine, inner: Affine): Affine {
  const at = (row: number, column: number) =>
    [0, 1, 2, 3].reduce((sum, k) => sum + entry(outer, row, k) * entry(inner, k, column), 0);
  return [0, 1, 2, 3].map((row) => [0, 1, 2, 3].map((column) => at(row, column)));
}

function cross(u: readonly number[], v: readonly number[]): [number, number, number] {
  const [a = 0, b = 0, c = 0] = u;
  const [x = 0, y = 0, z = 0] = v;
  return [b * z - c * y, c * x - a * z, a * y - b * x];
}

export function dot(u: readonly number[], v: readonly number[]): number {
  return u.reduce((sum, value, index) => sum + value * (v[index] ?? 0), 0);
}

/** Fractional voxel indices of a point; the inverse of `toMm` by Cramer's rule. */
export function toVoxel(affine: Affine, point: Mm): Voxel {
  const [u, v, w] = [step(affine, 0), step(affine, 1), step(affine, 2)];
  const away = [0, 1, 2].map((row) => (point[row] ?? 0) - entry(affine, row, 3));
  const determinant = dot(u, cross(v, w));
  if (Math.abs(determinant) < 1e-12) {
    throw new RangeError("The affine is singular: its axes do not span space.");
  }
  return [
    dot(away, cross(v, w)) / determinant,
    dot(away, cross(w, u)) / determinant,
    dot(away, cross(u, v)) / determinant,
  ];
}

export function spacingMm(affine: Affine): readonly [number, number, number] {
  const length = (axis: number) => Math.hypot(...step(affine, axis));
  return [length(0), length(1), length(2)];
}

/** The patient axis (0 R, 1 A, 2 S) that each voxel axis follows most closely, each taken once. */
export function closestAxes(affine: Affine): readonly [number, number, number] {
  const spacing = spacingMm(affine);
  const pairs = [0, 1, 2]
    .flatMap((axis) =>
      [0, 1, 2].map((world) => ({
        axis,
        world,
        along: Math.abs(entry(affine, world, axis)) / (spacing[axis] ?? 1),
      })),
    )
    .sort((a, b) => b.along - a.along);
  const chosen = new Map<number, number>();
  for (const { axis, world } of pairs) {
    if (!chosen.has(axis) && ![...chosen.values()].includes(world)) {
      chosen.set(axis, world);
    }
  }
  return [chosen.get(0) ?? 0, chosen.get(1) ?? 1, chosen.get(2) ?? 2];
}

/** Call for every voxel, i fastest, as the values are stored. */
export function eachVoxel(
  [ni, nj, nk]: Shape,
  visit: (at: number, i: number, j: number, k: number) => void,
): void {
  for (let k = 0, at = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, at++) {
        visit(at, i, j, k);
      }
    }
  }
}
