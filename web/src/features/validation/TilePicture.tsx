import { useEffect, useRef } from "react";
import type { Tile } from "../../queries/tiles.ts";
import { drawTile } from "./paint.ts";

interface Props {
  readonly tile: Tile;
  /** Empty where the picture says nothing that is not said beside it. */
  readonly label: string;
  /** CSS pixels. */
  readonly side: number;
  readonly hasOverlay: boolean;
  readonly isGray: boolean;
}

/** A slice and the evidence for its answer. */
export function TilePicture({ tile, label, side, hasOverlay, isGray }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) {
      const pixels = Math.round(side * Math.min(globalThis.devicePixelRatio || 1, 2));
      drawTile(canvas.current, tile, { side: pixels, hasOverlay, isGray });
    }
  }, [tile, side, hasOverlay, isGray]);
  return (
    <canvas
      aria-hidden={label ? undefined : true}
      aria-label={label || undefined}
      data-drawn={tile.id}
      ref={canvas}
      role={label ? "img" : undefined}
      style={{ width: side, height: side, display: "block", background: "#000" }}
    />
  );
}
