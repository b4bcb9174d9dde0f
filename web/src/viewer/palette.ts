/** Colors of what lies over the anatomy; told apart by readers of every kind of color vision. */

export type Color = readonly [red: number, green: number, blue: number];

/** By the codes of the labels and regions; in lightness too they are far from each other. */
const COLORS: Readonly<Record<string, Color>> = {
  ET: [248, 226, 80],
  NCR: [196, 60, 160],
  ED: [74, 160, 240],
  TC: [240, 130, 70],
  WT: [96, 190, 232],
  RC: [170, 170, 176],
  brain: [206, 198, 190],
};
const OTHER: Color = [200, 200, 208];

/** The color of a label or surface; gray for a code that is not known. */
export function colorOf(code: string): Color {
  return COLORS[code] ?? OTHER;
}

export function cssColor([red, green, blue]: Color, alpha = 1): string {
  return alpha === 1 ? `rgb(${red} ${green} ${blue})` : `rgb(${red} ${green} ${blue} / ${alpha})`;
}

/** Doubt, from none (clear) to one bit (nobody knows). */
export const DOUBT: readonly [weak: Color, strong: Color] = [
  [226, 60, 60],
  [255, 208, 214],
];
/** Fused evidence: the amber of the evidence for a class. */
export const FUSED: readonly [weak: Color, strong: Color] = [
  [255, 176, 46],
  [255, 240, 170],
];

/** Fused evidence that failed one of its tests. */
export const DISTRUSTED: readonly [weak: Color, strong: Color] = [
  [120, 120, 124],
  [190, 190, 194],
];

/** A color of a ramp, and how much of it covers: nothing at 0, all from the middle on. */
export function rampColor(
  [weak, strong]: readonly [Color, Color],
  share: number,
): [number, number, number, number] {
  const s = Math.min(Math.max(share, 0), 1);
  const bright = Math.max(0, (s - 0.5) * 2);
  const channel = (at: 0 | 1 | 2) => Math.round(weak[at] + (strong[at] - weak[at]) * bright);
  return [channel(0), channel(1), channel(2), Math.min(1, s * 1.6)];
}

export function rampGradient(ramp: readonly [Color, Color]): string {
  const stops = Array.from({ length: 9 }, (_, at) => {
    const [red, green, blue, alpha] = rampColor(ramp, at / 8);
    return `rgb(${red} ${green} ${blue} / ${alpha.toFixed(2)}) ${((at / 8) * 100).toFixed(1)}%`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
