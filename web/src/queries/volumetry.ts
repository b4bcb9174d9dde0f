/**
 * What was measured in space. The types follow `docs/reference/volumetry-json.md`
 * (schema neuroscope/volumetry/1), which the server writes as plain JSON.
 */

import { useQuery } from "@tanstack/react-query";
import { fetchBytes } from "../client/api.ts";
import type { Affine, Mm, Shape } from "../frames/affine.ts";

export type Interval = readonly [low: number, high: number];

/** A number with where it comes from. */
export interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly interval: Interval | null;
  readonly how: string;
  readonly source: string;
}

export interface Line {
  readonly start_mm: Mm;
  readonly end_mm: Mm;
  readonly length_mm: number;
}

/** The longest diameter in a plane, and the longest one that crosses it at a right angle. */
export interface Crossed {
  readonly longest: Line;
  readonly across: Line;
  readonly plane: string;
  /** Of the grid of the reference: the axis the slices are stacked along, and the slice. */
  readonly axis: number;
  readonly index: number;
  readonly product_mm2: number;
}

export interface Region {
  readonly code: string;
  readonly volume_ml: number | null;
  readonly interval_ml: Interval | null;
  readonly expected_dice: number | null;
  readonly expected_dice_interval: Interval | null;
}

export interface Lesion {
  readonly id: string;
  readonly focus: number;
  readonly center_mm: Mm;
  readonly side: string;
  readonly place: string;
  readonly is_measurable: boolean;
  readonly volume_ml: number;
  readonly values: readonly Measured[];
  readonly longest: Line | null;
  readonly crossed: Crossed | null;
}

export interface Midline {
  readonly point_mm: Mm;
  readonly normal: Mm;
  readonly shift: Measured | null;
  readonly drawn: Line | null;
}

export interface Mismatch {
  readonly score: Measured;
  readonly has_sign: boolean;
  readonly axis: number;
  readonly index: number;
  readonly position_mm: Mm;
  readonly cautions: readonly string[];
}

export interface VasariFeature {
  readonly number: number;
  readonly name: string;
  readonly value: string;
  readonly how: string;
}

export interface FusedEvidence {
  readonly target: string;
  /** In units of strong evidence. */
  readonly threshold: number;
  readonly consistency: number | null;
  readonly p_value: number | null;
  readonly removed_share: number | null;
  readonly dropped_ml: number;
  readonly cautions: readonly string[];
}

export interface Volumetry {
  readonly schema: string;
  readonly reference: {
    readonly series_id: string;
    readonly role: string;
    readonly shape: Shape;
    readonly affine_ras_mm: Affine;
    readonly spacing_mm: readonly number[];
  };
  readonly sequences: readonly {
    readonly role: string;
    readonly series_id: string;
    readonly moved_mm: number;
    readonly turned_deg: number;
    /** RAS+ mm as the scanner gave them to RAS+ mm of the reference. */
    readonly to_reference: Affine;
  }[];
  readonly steps: readonly string[];
  readonly cautions: readonly string[];
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly sha256: string;
  } | null;
  readonly labels: readonly {
    readonly value: number;
    readonly code: string;
    readonly name: string;
  }[];
  readonly regions: readonly Region[];
  readonly values: readonly Measured[];
  readonly lesions: readonly Lesion[];
  readonly drawn: {
    readonly longest: Readonly<Record<string, Line>>;
    readonly crossed: Readonly<Record<string, Crossed>>;
  };
  readonly midline: Midline | null;
  readonly mismatch: Mismatch | null;
  readonly vasari: readonly VasariFeature[];
  readonly evidence: FusedEvidence | null;
  /** The names of the surfaces that can be drawn. */
  readonly surfaces: readonly string[];
}

/** One byte a voxel on the grid of the reference. */
export type SpaceMap = "labels" | "uncertainty" | "evidence";

/** What one step of a byte means: bits of doubt, units of strong evidence. */
export const BYTE_STEP: Readonly<Record<SpaceMap, number>> = {
  labels: 1,
  uncertainty: 1 / 255,
  evidence: 1 / 127.5,
};

const FOREVER = { staleTime: Number.POSITIVE_INFINITY, gcTime: 60_000 } as const;

interface Of {
  readonly studyId: string;
  readonly analysisId: string;
}

function pathOf({ studyId, analysisId }: Of, tail = ""): string {
  return `/api/studies/${studyId}/analyses/${analysisId}/volumetry${tail}`;
}

/** What was measured; asked for only where the analysis says that there is something. */
export function useVolumetry(of: Of, isThere: boolean) {
  return useQuery({
    queryKey: ["volumetry", of.analysisId],
    enabled: isThere,
    ...FOREVER,
    queryFn: async ({ signal }) => {
      const { bytes } = await fetchBytes(pathOf(of), signal);
      return JSON.parse(new TextDecoder().decode(bytes)) as Volumetry;
    },
  });
}

export function useSpaceMap(of: Of, map: SpaceMap, isWanted: boolean) {
  return useQuery({
    queryKey: ["volumetry", of.analysisId, map],
    enabled: isWanted,
    ...FOREVER,
    queryFn: async ({ signal }) =>
      new Uint8Array((await fetchBytes(pathOf(of, `/${map}`), signal)).bytes),
  });
}

/** The surfaces as one binary glTF. */
export function useSurfaces(of: Of, isWanted: boolean) {
  return useQuery({
    queryKey: ["volumetry", of.analysisId, "surfaces"],
    enabled: isWanted,
    ...FOREVER,
    queryFn: async ({ signal }) => (await fetchBytes(pathOf(of, "/surfaces.glb"), signal)).bytes,
  });
}
