import { useMemo } from "react";
import type { Why } from "../../queries/similar.ts";
import { SlicePicture } from "../../viewer/SlicePicture.tsx";
import { overlayOf, pixelsOf, scaleOf } from "./maps.ts";

interface Props {
  readonly why: Why;
  readonly side: "query" | "match";
  readonly label: string;
  /** CSS pixels. */
  readonly width: number;
  /** Gray values 0..255 that are black and white; of both pictures the same. */
  readonly window?: readonly [low: number, high: number];
  /** 0 shows the picture alone. */
  readonly opacity?: number;
}

const WHOLE = [0, 255] as const;

/** One of two slices, with what each of its places brings to their similarity. */
export function PairPicture({ why, side, label, width, window = WHOLE, opacity = 0.8 }: Props) {
  const pixels = useMemo(() => pixelsOf(why[`${side}_picture`]), [why, side]);
  const overlay = useMemo(
    () =>
      opacity > 0
        ? overlayOf(why[`${side}_map`], {
            cells: why.rows,
            size: why.size,
            scale: scaleOf(why.query_map, why.match_map),
            opacity,
          })
        : null,
    [why, side, opacity],
  );
  return (
    <SlicePicture
      columns={why.size}
      label={label}
      overlay={overlay}
      pixels={pixels}
      rows={why.size}
      width={width}
      window={window}
    />
  );
}
