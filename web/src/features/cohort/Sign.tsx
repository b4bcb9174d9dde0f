import { LOOKS, OTHER } from "./points.ts";

const PATHS = {
  disc: "M7 3a4 4 0 1 0 0.01 0z",
  square: "M3.5 3.5h7v7h-7z",
  triangle: "M7 2.5l4 8h-8z",
  diamond: "M7 2l5 5-5 5-5-5z",
} as const;

/** The sign of a class on the map. */
export function Sign({ label }: { readonly label: string }) {
  const { color, shape } = LOOKS[label] ?? OTHER;
  return (
    <svg aria-hidden="true" fill={color} height={14} viewBox="0 0 14 14" width={14}>
      <path d={PATHS[shape]} />
    </svg>
  );
}
