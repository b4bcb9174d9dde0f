/** Draw a slice of the grid: its picture, and the evidence for the answer over it. */

import type { Tile } from "../../queries/tiles.ts";
import { paintEvidence } from "../../viewer/colormap.ts";
import { paintGray } from "../../viewer/mapPicture.ts";

const FULL = 127;

export interface Look {
  /** Device pixels. */
  readonly side: number;
  readonly hasOverlay: boolean;
  /** A map that failed its tests has no colors. */
  readonly isGray: boolean;
}

function layer(rgba: Uint8ClampedArray<ArrayBuffer>, width: number, height: number) {
  const small = document.createElement("canvas");
  [small.width, small.height] = [width, height];
  small.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
  return small;
}

export function drawTile(
  canvas: HTMLCanvasElement,
  tile: Tile,
  { side, hasOverlay, isGray }: Look,
): void {
  [canvas.width, canvas.height] = [side, side];
  const context = canvas.getContext("2d");
  if (!context) {
    return;
  }
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  if (tile.picture) {
    const gray = layer(paintGray(tile.picture), tile.side, tile.side);
    context.drawImage(gray, 0, 0, side, side);
  }
  if (!hasOverlay) {
    return;
  }
  const { rows, columns } = tile;
  const [top, left, height, width] = tile.box;
  const scale = side / (tile.side || 96);
  const map = layer(paintEvidence(Float32Array.from(tile.evidence), FULL), columns, rows);
  context.filter = isGray ? "grayscale(1) opacity(0.6)" : "none";
  context.drawImage(map, left * scale, top * scale, width * scale, height * scale);
  context.filter = "none";
}
