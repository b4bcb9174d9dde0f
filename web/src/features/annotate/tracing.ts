/** Closed outlines of what reaches zero in a field of numbers (marching squares, linked). Pure. */

/** Fractional `[row, column]`. */
export type Spot = readonly [row: number, column: number];

/** Corners of a square, clockwise from the top left; side n joins corner n and n + 1. */
const CORNERS: readonly Spot[] = [
  [0, 0],
  [0, 1],
  [1, 1],
  [1, 0],
];
/** From which side to which, the inside on the right, by the corners inside (bit n is corner n). */
const WAYS: readonly (readonly (readonly [from: number, to: number])[])[] = [
  [],
  [[0, 3]],
  [[1, 0]],
  [[1, 3]],
  [[2, 1]],
  [
    [0, 3],
    [2, 1],
  ],
  [[2, 0]],
  [[2, 3]],
  [[3, 2]],
  [[0, 2]],
  [
    [1, 0],
    [3, 2],
  ],
  [[1, 2]],
  [[3, 1]],
  [[0, 1]],
  [[3, 0]],
  [],
];

interface Step {
  readonly to: number;
  readonly spot: Spot;
}

/** Names a side of a square so that both squares beside it say the same. */
function sideName(row: number, column: number, side: number, width: number): number {
  const [down, right] = [side === 2 ? row + 1 : row, side === 1 ? column + 1 : column];
  return 2 * (down * width + right) + (side % 2);
}

function crossing(values: readonly number[], side: number): Spot {
  const [from, to] = [side, (side + 1) % 4];
  const [a, b] = [values[from] ?? 0, values[to] ?? 0];
  const share = a === b ? 0.5 : a / (a - b);
  const [[row, column], [toRow, toColumn]] = [CORNERS[from] ?? [0, 0], CORNERS[to] ?? [0, 0]];
  return [row + (toRow - row) * share, column + (toColumn - column) * share];
}

function waysThrough(square: readonly number[]): (typeof WAYS)[number] {
  const inside = square.reduce((bits, value, corner) => bits | (value > 0 ? 1 << corner : 0), 0);
  return WAYS[inside] ?? [];
}

function stepsOf(field: Float32Array, columns: number): Map<number, Step> {
  const steps = new Map<number, Step>();
  const rows = Math.floor(field.length / columns);
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      const square = [at, at + 1, at + columns + 1, at + columns].map((near) => field[near] ?? 0);
      for (const [from, to] of waysThrough(square)) {
        const [down, right] = crossing(square, from);
        steps.set(sideName(row, column, from, columns), {
          to: sideName(row, column, to, columns),
          spot: [row + down, column + right],
        });
      }
    }
  }
  return steps;
}

/**
 * Trace all outlines of what is above zero. The field must be zero or less at its border, or the
 * outlines there stay open and are left out.
 */
export function tracedRings(field: Float32Array, columns: number): Spot[][] {
  const steps = stepsOf(field, columns);
  const rings: Spot[][] = [];
  for (const start of [...steps.keys()]) {
    const ring: Spot[] = [];
    let at: number | undefined = start;
    while (at !== undefined && steps.has(at)) {
      const step: Step | undefined = steps.get(at);
      steps.delete(at);
      if (step) {
        ring.push(step.spot);
      }
      at = step?.to;
    }
    if (at === start && ring.length > 2) {
      rings.push(ring);
    }
  }
  return rings;
}
