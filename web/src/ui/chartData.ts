/** Curves as a chart wants them: one axis for all, and a hole where a curve has no value. */

export type Place = readonly [x: number, y: number | null];

export interface Curve {
  readonly name: string;
  /** CSS color. */
  readonly color: string;
  readonly points: readonly Place[];
  readonly isDashed?: boolean;
}

/** All places of all curves on one axis: first x, then the values of each curve. */
export function aligned(curves: readonly Curve[]): [number[], ...(number | null)[][]] {
  const xs = [...new Set(curves.flatMap(({ points }) => points.map(([x]) => x)))].sort(
    (a, b) => a - b,
  );
  const values = curves.map(({ points }) => {
    const known = new Map(points);
    return xs.map((x) => known.get(x) ?? null);
  });
  return [xs, ...values];
}

/** A number with as many digits as a reader can use. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return "–";
  }
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 1 ? 2 : 3;
  return value.toFixed(digits).replace("-", "−");
}
