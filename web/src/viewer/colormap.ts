/** The diverging color map of signed evidence: amber speaks for the class, blue against it. */

const FOR = [255, 176, 46] as const;
const FOR_STRONG = [255, 240, 170] as const;
const AGAINST = [70, 140, 255] as const;
const AGAINST_STRONG = [170, 225, 255] as const;
const STEPS = 256;

function mix(from: readonly number[], to: readonly number[], share: number): number[] {
  return from.map((value, channel) => Math.round(value + ((to[channel] ?? 0) - value) * share));
}

/** Red, green, blue 0..255 and alpha 0..1 of a value; `scale` is where the color saturates. */
export function evidenceColor(value: number, scale: number): [number, number, number, number] {
  const strength = Math.min(Math.abs(value) / scale, 1);
  const [weak, strong] = value >= 0 ? [FOR, FOR_STRONG] : [AGAINST, AGAINST_STRONG];
  const [red = 0, green = 0, blue = 0] = mix(weak, strong, Math.max(0, (strength - 0.5) * 2));
  // Little evidence stays clear, so that the anatomy below is not tinted everywhere.
  return [red, green, blue, Math.min(1, strength * 1.6)];
}

/** The map as CSS, strongest against on the left. */
export function evidenceGradient(): string {
  const stops = Array.from({ length: 17 }, (_, index) => {
    const value = index / 8 - 1;
    const [red, green, blue, alpha] = evidenceColor(value, 1);
    return `rgb(${red} ${green} ${blue} / ${alpha.toFixed(2)}) ${((index / 16) * 100).toFixed(1)}%`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

const TABLE = new Uint8ClampedArray(
  Array.from({ length: 2 * STEPS + 1 }, (_, index) => {
    const [red, green, blue, alpha] = evidenceColor((index - STEPS) / STEPS, 1);
    return [red, green, blue, alpha * 255];
  }).flat(),
);

/** Color a signed map, row by row, into RGBA bytes. */
export function paintEvidence(map: Float32Array, scale: number): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(map.length * 4);
  for (let pixel = 0; pixel < map.length; pixel++) {
    const share = Math.min(Math.max((map[pixel] ?? 0) / scale, -1), 1);
    const entry = (Math.round(share * STEPS) + STEPS) * 4;
    for (let channel = 0; channel < 4; channel++) {
      rgba[pixel * 4 + channel] = TABLE[entry + channel] ?? 0;
    }
  }
  return rgba;
}
