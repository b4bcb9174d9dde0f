/** What was measured in space, and the maps and surfaces that belong to it. */

import { useQuery } from "@tanstack/react-query";
import { answer, api, fetchBytes, type Schemas } from "../client/api.ts";

export type Volumetry = Schemas["VolumetryOut"];
/** A number with where it comes from. */
export type Measured = Schemas["ValueOut"];
export type Line = Schemas["LineOut"];
/** The longest diameter in a plane, and the longest one that crosses it at a right angle. */
export type Crossed = Schemas["CrossedOut"];
export type Lesion = Schemas["LesionOut"];

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

function pathOf({ studyId, analysisId }: Of, part: string): string {
  return `/api/studies/${studyId}/analyses/${analysisId}/volumetry/${part}`;
}

/** Where a file of what was found in space can be saved from. */
export function spaceFilePath(of: Of, file: string): string {
  return pathOf(of, file);
}

/** What was measured; asked for only where the analysis says that there is something. */
export function useVolumetry(of: Of, isThere: boolean) {
  return useQuery({
    queryKey: ["volumetry", of.analysisId],
    enabled: isThere,
    ...FOREVER,
    // The client reads tuples as arrays; the document says they are tuples.
    queryFn: async ({ signal }) =>
      (await answer(
        api.GET("/api/studies/{study_id}/analyses/{analysis_id}/volumetry", {
          signal,
          params: { path: { study_id: of.studyId, analysis_id: of.analysisId } },
        }),
      )) as Volumetry,
  });
}

export function useSpaceMap(of: Of, map: SpaceMap, isWanted: boolean) {
  return useQuery({
    queryKey: ["volumetry", of.analysisId, map],
    enabled: isWanted,
    ...FOREVER,
    queryFn: async ({ signal }) =>
      new Uint8Array((await fetchBytes(pathOf(of, map), signal)).bytes),
  });
}

/** The surfaces as one binary glTF. */
export function useSurfaces(of: Of, isWanted: boolean) {
  return useQuery({
    queryKey: ["volumetry", of.analysisId, "surfaces"],
    enabled: isWanted,
    ...FOREVER,
    queryFn: async ({ signal }) => (await fetchBytes(pathOf(of, "surfaces.glb"), signal)).bytes,
  });
}
