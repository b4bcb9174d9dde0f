/** Three numbers at a time. */

export type Vector = readonly [number, number, number];

export function plus(a: Vector, b: Vector, times = 1): Vector {
  return [a[0] + b[0] * times, a[1] + b[1] * times, a[2] + b[2] * times];
}

export function minus(a: Vector, b: Vector): Vector {
  return plus(a, b, -1);
}

export function scaled(a: Vector, by: number): Vector {
  return [a[0] * by, a[1] * by, a[2] * by];
}

export function dot3(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross3(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function lengthOf(a: Vector): number {
  return Math.hypot(...a);
}

export function unit(a: Vector): Vector {
  return scaled(a, 1 / (lengthOf(a) || 1));
}

/** Turn around a unit axis, counterclockwise seen against it (Rodrigues). */
export function turned(a: Vector, axis: Vector, angle: number): Vector {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const along = scaled(axis, dot3(axis, a) * (1 - cos));
  return plus(plus(scaled(a, cos), cross3(axis, a), sin), along);
}

export function mixed(a: Vector, b: Vector, share: number): Vector {
  return plus(scaled(a, 1 - share), b, share);
}
