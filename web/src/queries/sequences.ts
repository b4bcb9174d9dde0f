import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../client/api.ts";
import type { Target } from "./explanations.ts";

export type Sequences = Schemas["SequencesOut"];

/** How much every series has in the decision on a study, for one class. */
export function useSequences(studyId: string, analysisId: string, target: Target, wanted: boolean) {
  return useQuery({
    queryKey: ["sequences", analysisId, target],
    enabled: wanted,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/studies/{study_id}/analyses/{analysis_id}/sequences", {
          signal,
          params: { path: { study_id: studyId, analysis_id: analysisId }, query: { target } },
        }),
      ),
  });
}
