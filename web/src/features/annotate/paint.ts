/** Draws the drawings of a sheet, and the gesture under way. */

import { depthOf, type Flat, pixelOfFlat, type Sheet } from "../../frames/sheet.ts";
import { outlineLabels } from "../../viewer/layers.ts";
import { drawLayerOutlines, label, stroke as twoTones } from "../../viewer/overlay.ts";
import { cssColor } from "../../viewer/palette.ts";
import type { SketchView } from "../../viewer/sketch.ts";
import { areaOn, type Content, liesOn } from "./content.ts";
import type { Gesture } from "./gesture.ts";
import { LOOKS } from "./looks.ts";
import { pixelsOn, unpacked } from "./masks.ts";
import { lineOf, type Pending } from "./pending.ts";
import type { Seen } from "./result.ts";
import type { Piece, Ring } from "./rings.ts";
import { cutsOf } from "./sight.ts";

type Context = CanvasRenderingContext2D;

/** A drawing prepared for one sheet, so that panning does not think again. */
export interface Prepared {
  readonly id: string;
  readonly content: Content;
  /** Null for what only passes through the sheet. */
  readonly pieces: readonly Piece[] | null;
  readonly pixels: Float32Array | null;
  readonly cuts: readonly (readonly [Flat, Flat])[];
  /** The version of another that came too late. */
  readonly isRival: boolean;
}

export function prepared({ id, content }: Seen, sheet: Sheet, isRival = false): Prepared | null {
  const nothing = { id, content, pieces: null, pixels: null, cuts: [], isRival };
  if ((content.slice_index ?? null) !== sheet.sliceIndex) {
    return null;
  }
  if (content.mask) {
    const pixels = pixelsOn(unpacked(content.mask, sheet), sheet);
    return pixels ? { ...nothing, pixels } : null;
  }
  if (liesOn(content, sheet)) {
    return { ...nothing, pieces: areaOn(content, sheet) };
  }
  const cuts =
    content.shape === "contour" && sheet.sliceIndex === null ? cutsThrough(content, sheet) : [];
  return cuts.length > 0 ? { ...nothing, cuts } : null;
}

function cutsThrough(content: Content, sheet: Sheet) {
  const depths = [content.points_mm, ...content.holes_mm].map((ring) =>
    ring.map((place) => depthOf(sheet, place)),
  );
  return cutsOf(content, sheet, (at, ring) => depths[ring]?.[at] ?? 0);
}

export interface Ground {
  readonly context: Context;
  readonly view: SketchView;
  readonly sheet: Sheet;
}

function onScreen({ view, sheet }: Ground, flat: Flat) {
  return view.toScreen(...pixelOfFlat(sheet, flat));
}

function trace(ground: Ground, line: Ring, isClosed: boolean): void {
  line.forEach((flat, at) => {
    const place = onScreen(ground, flat);
    if (at === 0) {
      ground.context.moveTo(...place);
    } else {
      ground.context.lineTo(...place);
    }
  });
  if (isClosed) {
    ground.context.closePath();
  }
}

function tracePieces(ground: Ground, pieces: readonly Piece[]): void {
  ground.context.beginPath();
  for (const { outer, holes } of pieces) {
    for (const ring of [outer, ...holes]) {
      trace(ground, ring, true);
    }
  }
}

function hatch({ context, view }: Ground, color: string): void {
  context.save();
  context.clip("evenodd");
  context.beginPath();
  for (let x = -view.height; x < view.width; x += 9) {
    context.moveTo(x, 0);
    context.lineTo(x + view.height, view.height);
  }
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.stroke();
  context.restore();
}

export function paintDrawing(ground: Ground, drawing: Prepared, isChosen: boolean): void {
  const { context, view } = ground;
  const { color, dash, isHatched, word } = LOOKS[drawing.content.kind];
  const width = isChosen ? 2.5 : 1.5;
  context.save();
  context.setLineDash(drawing.isRival ? [2, 3] : [...dash]);
  if (drawing.pieces) {
    tracePieces(ground, drawing.pieces);
    context.fillStyle = cssColor(color, isChosen ? 0.22 : 0.13);
    context.fill("evenodd");
    if (isHatched) {
      hatch(ground, cssColor(color, 0.55));
      tracePieces(ground, drawing.pieces);
    }
    twoTones(context, cssColor(color), width);
  }
  if (drawing.pixels) {
    paintPixels(ground, drawing.pixels, drawing);
  }
  if (drawing.cuts.length > 0) {
    context.beginPath();
    for (const cut of drawing.cuts) {
      trace(ground, cut, false);
    }
    twoTones(context, cssColor(color), width + 1);
  }
  context.restore();
  const top = topOf(ground, drawing);
  if (top) {
    const words = drawing.isRival ? `${word}, other version` : word;
    label(context, words, [top[0] + 6, top[1] - 12], view);
  }
}

function paintPixels(ground: Ground, pixels: Float32Array, { content }: Prepared): void {
  const { context, sheet, view } = ground;
  const { color, isHatched } = LOOKS[content.kind];
  const at = (row: number, column: number) => view.toScreen(row, column);
  context.beginPath();
  for (let row = 0; row < sheet.rows; row++) {
    for (let column = 0; column < sheet.columns; column++) {
      if (pixels[row * sheet.columns + column]) {
        let end = column;
        while (end + 1 < sheet.columns && pixels[row * sheet.columns + end + 1]) {
          end += 1;
        }
        const [left, top] = at(row - 0.5, column - 0.5);
        const [right, bottom] = at(row + 0.5, end + 0.5);
        context.rect(left, top, right - left, bottom - top);
        column = end;
      }
    }
  }
  context.fillStyle = cssColor(color, 0.25);
  context.fill();
  if (isHatched) {
    hatch(ground, cssColor(color, 0.55));
  }
  const layer = { name: "", rows: sheet.rows, columns: sheet.columns, rgba: null, opacity: 1 };
  const outlines = outlineLabels(pixels, sheet.columns, [{ value: 1, color }]);
  drawLayerOutlines(context, { ...layer, outlines }, view.toScreen);
}

function topOf(ground: Ground, { pieces, pixels }: Prepared): readonly [number, number] | null {
  if (pixels) {
    const at = pixels.indexOf(1);
    return at < 0
      ? null
      : ground.view.toScreen(Math.floor(at / ground.sheet.columns), at % ground.sheet.columns);
  }
  const corners = pieces?.[0]?.outer.map((flat) => onScreen(ground, flat)) ?? [];
  return corners.reduce<readonly [number, number] | null>(
    (best, corner) => (!best || corner[1] < best[1] ? corner : best),
    null,
  );
}

/** Small squares on the corners of the drawing that is chosen. */
export function paintCorners(ground: Ground, rings: readonly Ring[]): void {
  const { context } = ground;
  for (const flat of rings.flat()) {
    const [x, y] = onScreen(ground, flat);
    context.fillStyle = "rgb(10 12 15)";
    context.fillRect(x - 4, y - 4, 8, 8);
    context.fillStyle = "rgb(255 255 255)";
    context.fillRect(x - 3, y - 3, 6, 6);
  }
}

export function paintPending(
  ground: Ground,
  pending: Pending,
  cursor: Flat | null,
  kind: Content["kind"],
): void {
  const { context } = ground;
  const line = lineOf(pending, ground.sheet);
  context.save();
  context.beginPath();
  trace(ground, cursor ? [...line, cursor] : line, false);
  twoTones(context, cssColor(LOOKS[kind].color), 2);
  context.restore();
  paintCorners(ground, line.length < 80 ? [line] : [line.slice(0, 1), line.slice(-1)]);
}

/** What the brush has passed over, and its round tip. */
export function paintBrush(
  ground: Ground,
  { path, cursor }: Gesture,
  radius: number,
  css: string,
): void {
  const { context } = ground;
  const tip = cursor ?? path.at(-1);
  if (!tip) {
    return;
  }
  const rim = ([u, v]: Flat): Flat[] =>
    Array.from({ length: 40 }, (_, at) => [
      u + radius * Math.cos((at * Math.PI) / 20),
      v + radius * Math.sin((at * Math.PI) / 20),
    ]);
  if (path.length > 0) {
    const [from, to] = [onScreen(ground, tip), onScreen(ground, [tip[0] + radius, tip[1]])];
    context.save();
    context.beginPath();
    trace(ground, path.length === 1 ? [...path, ...path] : path, false);
    context.globalAlpha = 0.35;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.strokeStyle = css;
    context.lineWidth = 2 * Math.hypot(to[0] - from[0], to[1] - from[1]);
    context.stroke();
    context.restore();
  }
  context.beginPath();
  trace(ground, rim(tip), true);
  twoTones(context, css, 1.25);
}

export function paintMark(ground: Ground, mark: Flat): void {
  const { context } = ground;
  const [x, y] = onScreen(ground, mark);
  context.beginPath();
  context.arc(x, y, 9, 0, 2 * Math.PI);
  context.moveTo(x - 5, y - 5);
  context.lineTo(x + 5, y + 5);
  context.moveTo(x + 5, y - 5);
  context.lineTo(x - 5, y + 5);
  twoTones(context, "rgb(255 230 120)", 2);
}
