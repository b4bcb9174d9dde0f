/** What is seen on the face of a cut: the images, and the layers that lie over them. */

import type { Affine, Mm, Shape } from "../../../frames/affine.ts";
import { type Plane, type PlaneGrid, placeOf, planeGrid } from "../../../frames/planes.ts";
import { type GridMap, interpolated } from "../../../frames/reslice.ts";
import type { Volumetry } from "../../../queries/volumetry.ts";
import { capOf } from "../../../viewer/cap.ts";
import type { SliceLayer } from "../../../viewer/layers.ts";
import type { Box, Mesh } from "../../../viewer/mesh.ts";
import type { Cut } from "../../../viewer/picking.ts";
import type { Face } from "../../../viewer/spaceFace.ts";
import type { Clip, GrayWindow, ViewerState } from "../../../viewer/store.ts";
import { type SpaceMaps, sliceLayers } from "./sliceLayers.ts";

/** Goes by this name in the list of what the 3D view shows. */
export const IMAGES = "images";

/** The sequence on display, in the frame of the surfaces. */
export interface FaceImage extends GridMap {
  /** In gray values. */
  readonly window: GrayWindow;
  readonly inverted: boolean;
}

export type FaceSettings = Pick<ViewerState, "layers" | "unwanted" | "hidden" | "showAnyway">;

const PLANE: Readonly<Record<Clip["side"], Plane>> = {
  R: "sagittal",
  L: "sagittal",
  A: "coronal",
  P: "coronal",
  S: "axial",
  I: "axial",
};
/** About the pixels of a screen that shows the whole head. */
const STEP_MM = 0.75;

/** A picture in the plane of the cut that covers a box. */
export function faceGrid(side: Clip["side"], { low, high }: Box): PlaneGrid {
  const affine: Affine = [
    [STEP_MM, 0, 0, low[0]],
    [0, STEP_MM, 0, low[1]],
    [0, 0, STEP_MM, low[2]],
    [0, 0, 0, 1],
  ];
  const steps = (axis: 0 | 1 | 2) => Math.ceil((high[axis] - low[axis]) / STEP_MM) + 1;
  const shape: Shape = [steps(0), steps(1), steps(2)];
  return planeGrid(affine, shape, PLANE[side]);
}

/** The face that a cut leaves in the brain; null where the cut misses it. */
export function faceOf(
  volumetry: Volumetry,
  maps: SpaceMaps,
  image: FaceImage,
  brain: { readonly mesh: Mesh; readonly box: Box; readonly side: Clip["side"]; readonly cut: Cut },
  settings: FaceSettings,
): Face | null {
  const grid = faceGrid(brain.side, brain.box);
  const { slice } = placeOf(grid, brain.cut.origin as Mm);
  const cap = capOf(brain.mesh, brain.cut, grid, slice);
  if (cap.mesh.triangles.length === 0) {
    return null;
  }
  const rgba = grays(interpolated(image, grid, slice), image);
  if (!settings.hidden) {
    const layers = sliceLayers(volumetry, maps, grid, slice, { ...settings, areaStyle: "fill" });
    for (const layer of layers) {
      cover(rgba, layer);
    }
  }
  return { ...cap, picture: { rgba, rows: grid.rows.count, columns: grid.columns.count } };
}

function grays(
  pixels: Float32Array,
  { window: { low, high }, inverted }: FaceImage,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(pixels.length * 4);
  const span = Math.max(high - low, 1e-6);
  for (let pixel = 0; pixel < pixels.length; pixel++) {
    const share = Math.min(Math.max(((pixels[pixel] ?? 0) - low) / span, 0), 1);
    const gray = 255 * (inverted ? 1 - share : share);
    rgba.fill(gray, pixel * 4, pixel * 4 + 3);
    rgba[pixel * 4 + 3] = 255;
  }
  return rgba;
}

/** Lay a layer over the picture as a canvas does it. */
function cover(rgba: Uint8ClampedArray, { rgba: layer, opacity }: SliceLayer): void {
  if (!layer) {
    return;
  }
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = ((layer[at + 3] ?? 0) / 255) * opacity;
    for (let channel = at; alpha > 0 && channel < at + 3; channel++) {
      rgba[channel] = (rgba[channel] ?? 0) * (1 - alpha) + (layer[channel] ?? 0) * alpha;
    }
  }
}
