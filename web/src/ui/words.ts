/** Numbers and times as people read them. */

const SIZES = ["bytes", "KB", "MB", "GB", "TB"] as const;

export function inBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), SIZES.length - 1);
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${SIZES[power]}`;
}

/** A probability in whole percent; never rounded to certainty. */
export function inPercent(p: number): string {
  if (p > 0.99 && p < 1) {
    return "> 99 %";
  }
  return p > 0 && p < 0.01 ? "< 1 %" : `${Math.round(p * 100)} %`;
}

export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function inTime(iso: string): string {
  return TIME.format(new Date(iso));
}
