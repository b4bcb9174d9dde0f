/** What the server knows of a study in space, fetched as far as the reader wants to see it. */

import { useMemo } from "react";
import type { Analysis } from "../../../queries/analyses.ts";
import {
  useSpaceMap,
  useSurfaces,
  useVolumetry,
  type Volumetry,
} from "../../../queries/volumetry.ts";
import { useViewer } from "../../../viewer/store.ts";
import type { SpaceMaps } from "./sliceLayers.ts";
import { EVIDENCE, unwantedKey } from "./surfaces.ts";

export interface SpaceOf {
  readonly volumetry: Volumetry | null;
  readonly isPending: boolean;
  readonly error: unknown;
  readonly refetch: () => unknown;
  readonly maps: SpaceMaps;
  readonly isLoadingMaps: boolean;
  readonly surfaces: {
    readonly data: ArrayBuffer | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
}

/** Maps and surfaces of the newest analysis; all empty while there are none. */
export function useSpace(studyId: string, analysis: Analysis | null): SpaceOf {
  const { layers, unwanted } = useViewer();
  const isThere = analysis?.has_volumetry === true;
  const of = { studyId, analysisId: analysis?.id ?? "" };
  const volumetry = useVolumetry(of, isThere);
  const known = volumetry.data ?? null;
  const labels = useSpaceMap(of, "labels", known !== null && layers.regions.isOn);
  const uncertainty = useSpaceMap(of, "uncertainty", known !== null && layers.uncertainty.isOn);
  const wantsEvidence = layers.fused.isOn || !unwanted.includes(unwantedKey(EVIDENCE));
  const evidence = useSpaceMap(of, "evidence", known?.evidence != null && wantsEvidence);
  const surfaces = useSurfaces(of, known !== null);
  const maps = useMemo<SpaceMaps>(
    () => ({
      labels: labels.data ?? null,
      uncertainty: uncertainty.data ?? null,
      evidence: evidence.data ?? null,
    }),
    [labels.data, uncertainty.data, evidence.data],
  );
  const failed = [labels, uncertainty, evidence].find(({ isError }) => isError);
  return {
    volumetry: known,
    isPending: isThere && volumetry.isPending,
    error: volumetry.error ?? failed?.error ?? null,
    refetch: () => (volumetry.isError ? volumetry : (failed ?? volumetry)).refetch(),
    maps,
    isLoadingMaps: labels.isFetching || uncertainty.isFetching || evidence.isFetching,
    surfaces,
  };
}
