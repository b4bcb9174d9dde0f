/** The diverging color map of signed evidence: amber speaks for the class, blue against it. */

const FOR = [255, 176, 46] as const;
const FOR_STRONG = [255, 240, 170] as const;
const AGAINST = [70, 140, 255] as const;
const AGAINST_STRONG = [170, 225, 255] as const;
/** For and against, in a map that failed one of its tests. */
const DISTRUSTED = [
  [150, 150, 150],
  [205, 205, 205],
  [95, 95, 95],
  [130, 130, 130],
] as const;
const STEPS = 256;

function mix(from: readonly number[], to: readonly number[], share: number): number[] {
  return from.map((value, channel) => Math.round(value + ((to[channel] ?? 0) - value) * share));
}

/**
 * Red, green, blue 0..255 and alpha 0..1 of a value; `scale` is where the color saturates. A map
 * that is not trusted is gray.
 */
export function evidenceColor(
  value: number,
  scale: number,
  isTrusted = true,
): [number, number, number, number] {
  const strength = Math.min(Math.abs(value) / scale, 1);
  const [weak, strong] = tones(value, isTrusted);
  const [red = 0, green = 0, blue = 0] = mix(weak, strong, Math.max(0, (strength - 0.5) * 2));
  // Little evidence stays clear, so that the anatomy below is not tinted everywhere.
  return [red, green, blue, Math.min(1, strength * (isTrusted ? 1.6 : 0.9))];
}

function tones(value: number, isTrusted: boolean) {
  if (!isTrusted) {
    const [forWeak, forStrong, againstWeak, againstStrong] = DISTRUSTED;
    return value >= 0 ? ([forWeak, forStrong] as const) : ([againstWeak, againstStrong] as const);
  }
  return value >= 0 ? ([FOR, FOR_STRONG] as const) : ([AGAINST, AGAINST_STRONG] as const);
}

/** The map as CSS, strongest against on the left. */
export function evidenceGradient(isTrusted = true): string {
  const stops = Array.from({ length: 17 }, (_, index) => {
    const value = index / 8 - 1;
    const [red, green, blue, alpha] = evidenceColor(value, 1, isTrusted);
    return `rgb(${red} ${green} ${blue} / ${alpha.toFixed(2)}) ${((index / 16) * 100).toFixed(1)}%`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

function tableOf(isTrusted: boolean): Uint8ClampedArray {
  return new Uint8ClampedArray(
    Array.from({ length: 2 * STEPS + 1 }, (_, index) => {
      const [red, green, blue, alpha] = evidenceColor((index - STEPS) / STEPS, 1, isTrusted);
      return [red, green, blue, alpha * 255];
    }).flat(),
  );
}

const TABLE = tableOf(true);
const GRAY_TABLE = tableOf(false);

/** Color a signed map, row by row, into RGBA bytes; gray if it is not trusted. */
export function paintEvidence(
  map: Float32Array,
  scale: number,
  isTrusted = true,
): Uint8ClampedArray<ArrayBuffer> {
  const table = isTrusted ? TABLE : GRAY_TABLE;
  const rgba = new Uint8ClampedArray(map.length * 4);
  for (let pixel = 0; pixel < map.length; pixel++) {
    const share = Math.min(Math.max((map[pixel] ?? 0) / scale, -1), 1);
    const entry = (Math.round(share * STEPS) + STEPS) * 4;
    for (let channel = 0; channel < 4; channel++) {
      rgba[pixel * 4 + channel] = table[entry + channel] ?? 0;
    }
  }
  return rgba;
}
