/** The layers over a slice that come from the volume: areas, doubt, evidence of three axes. */

import type { PlaneGrid } from "../../../frames/planes.ts";
import { type GridMap, resliced } from "../../../frames/reslice.ts";
import { isTrusted } from "../../../queries/passports.ts";
import { BYTE_STEP, type Volumetry } from "../../../queries/volumetry.ts";
import {
  outlineLabels,
  paintLabels,
  paintShades,
  type SliceLayer,
} from "../../../viewer/layers.ts";
import { broken, outlineSegments } from "../../../viewer/outline.ts";
import { colorOf, DISTRUSTED, DOUBT, FUSED } from "../../../viewer/palette.ts";
import type { ViewerState } from "../../../viewer/store.ts";

/** Where full color is reached: strong evidence, and the doubt of a coin. */
const FULL = { uncertainty: 1, fused: 1 } as const;

/** The maps of a volume; null for what is not here yet. */
export interface SpaceMaps {
  readonly labels: Uint8Array | null;
  readonly uncertainty: Uint8Array | null;
  readonly evidence: Uint8Array | null;
}

type Settings = Pick<ViewerState, "layers" | "areaStyle" | "unwanted" | "showAnyway">;

/** What lies over one slice, from the lowest layer to the highest. */
export function sliceLayers(
  volumetry: Volumetry,
  maps: SpaceMaps,
  grid: PlaneGrid,
  slice: number,
  settings: Settings,
): SliceLayer[] {
  const { layers } = settings;
  const { shape, affine_ras_mm: affine } = volumetry.reference;
  const at = (values: Uint8Array): GridMap => ({ values, shape, affine });
  const size = { rows: grid.rows.count, columns: grid.columns.count };
  const found: SliceLayer[] = [];
  if (layers.fused.isOn && maps.evidence) {
    const map = resliced(at(maps.evidence), grid, slice, BYTE_STEP.evidence);
    const isColored = settings.showAnyway || isTrusted(volumetry.evidence?.passport);
    const threshold = isColored ? volumetry.evidence?.threshold : undefined;
    found.push({
      ...size,
      name: "fused",
      opacity: layers.fused.opacity,
      rgba: paintShades(map, isColored ? FUSED : DISTRUSTED, FULL.fused),
      outlines:
        threshold === undefined
          ? []
          : [{ color: FUSED[0], segments: broken(outlineSegments(map, size.columns, threshold)) }],
    });
  }
  if (layers.uncertainty.isOn && maps.uncertainty) {
    const map = resliced(at(maps.uncertainty), grid, slice, BYTE_STEP.uncertainty);
    found.push({
      ...size,
      name: "uncertainty",
      opacity: layers.uncertainty.opacity,
      rgba: paintShades(map, DOUBT, FULL.uncertainty),
      outlines: [],
    });
  }
  if (layers.regions.isOn && maps.labels) {
    found.push(areas(volumetry, resliced(at(maps.labels), grid, slice), size, settings));
  }
  return found;
}

function areas(
  { labels }: Volumetry,
  map: Float32Array,
  size: { rows: number; columns: number },
  { layers, areaStyle, unwanted }: Settings,
): SliceLayer {
  const shown = labels
    .filter(({ code }) => !unwanted.includes(code))
    .map(({ value, code }) => ({ value, color: colorOf(code) }));
  return {
    ...size,
    name: "regions",
    opacity: layers.regions.opacity,
    rgba: areaStyle === "outline" ? null : paintLabels(map, shown),
    outlines: areaStyle === "fill" ? [] : outlineLabels(map, size.columns, shown),
  };
}
