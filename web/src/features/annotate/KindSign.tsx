import { cssColor } from "../../viewer/palette.ts";
import type { Kind } from "./content.ts";
import { LOOKS } from "./looks.ts";

/** The color and the line of a kind, as on the picture. */
export function KindSign({ kind }: { readonly kind: Kind }) {
  const { color, dash, isHatched } = LOOKS[kind];
  const css = cssColor(color);
  return (
    <svg aria-hidden="true" height="14" viewBox="0 0 14 14" width="14">
      <rect
        fill={cssColor(color, 0.25)}
        height="11"
        stroke={css}
        strokeDasharray={dash.map((length) => length / 2).join(" ") || undefined}
        strokeWidth="1.6"
        width="11"
        x="1.5"
        y="1.5"
      />
      {isHatched ? <path d="M2 6 L8 12 M5 3 L11 9" stroke={css} strokeWidth="1" /> : null}
    </svg>
  );
}
