/** Where a map crosses a threshold: marching squares (Lorensen and Cline 1987, in the plane). */

/** A piece of the outline between two places, in fractional rows and columns. */
export type Segment = readonly [row1: number, column1: number, row2: number, column2: number];

type Corner = readonly [row: number, column: number];

/** The pairs of square edges (0 top, 1 right, 2 bottom, 3 left) that the outline joins, by corner mask. */
const JOINS: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[3, 0]],
  [[0, 1]],
  [[3, 1]],
  [[1, 2]],
  [
    [3, 0],
    [1, 2],
  ],
  [[0, 2]],
  [[3, 2]],
  [[2, 3]],
  [[2, 0]],
  [
    [0, 1],
    [2, 3],
  ],
  [[2, 1]],
  [[1, 3]],
  [[1, 0]],
  [[0, 3]],
  [],
];
/** Corners run clockwise from the top left; edge n joins corner n and n + 1. */
const CORNERS: readonly Corner[] = [
  [0, 0],
  [0, 1],
  [1, 1],
  [1, 0],
];

function crossing(values: readonly number[], edge: number, threshold: number): Corner {
  const [from, to] = [edge, (edge + 1) % 4];
  const [a, b] = [values[from] ?? 0, values[to] ?? 0];
  const share = a === b ? 0.5 : (threshold - a) / (b - a);
  const [[row1, column1], [row2, column2]] = [CORNERS[from] ?? [0, 0], CORNERS[to] ?? [0, 0]];
  return [row1 + (row2 - row1) * share, column1 + (column2 - column1) * share];
}

function squareSegments(values: readonly number[], threshold: number): Segment[] {
  const mask = values.reduce((bits, value, at) => bits | (value >= threshold ? 1 << at : 0), 0);
  return (JOINS[mask] ?? []).map(([from, to]) => [
    ...crossing(values, from, threshold),
    ...crossing(values, to, threshold),
  ]) as unknown as Segment[];
}

/** Trace the outline of all that reaches `threshold` in a map of the given width. */
export function outlineSegments(map: Float32Array, columns: number, threshold: number): Segment[] {
  const rows = Math.floor(map.length / columns);
  const segments: Segment[] = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      const [a = 0, b = 0, c = 0, d = 0] = [
        map[at],
        map[at + 1],
        map[at + columns + 1],
        map[at + columns],
      ];
      if (Math.max(a, b, c, d) < threshold || Math.min(a, b, c, d) >= threshold) {
        continue; // almost all squares
      }
      for (const [r1, c1, r2, c2] of squareSegments([a, b, c, d], threshold)) {
        segments.push([row + r1, column + c1, row + r2, column + c2]);
      }
    }
  }
  return segments;
}

/** Leave out pieces in turn, whatever way the outline runs: it looks broken, as a threshold should. */
export function broken(segments: readonly Segment[]): Segment[] {
  return segments.filter(([r1, c1, r2, c2]) => {
    const [row, column] = [Math.floor((r1 + r2) / 2), Math.floor((c1 + c2) / 2)];
    return (row + 2 * column) % 5 < 3;
  });
}
