import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, ProblemError, type Schemas } from "../client/api.ts";

export type Analysis = Schemas["AnalysisOut"];
export type SeriesFinding = Schemas["SeriesFindingOut"];
export type SliceFinding = Schemas["SliceFindingOut"];
export type Prediction = Schemas["PredictionOut"];

/** The newest analysis of a study; null while there is none. */
export function useLatestAnalysis(studyId: string) {
  return useQuery({
    queryKey: ["analysis", studyId],
    queryFn: async ({ signal }): Promise<Analysis | null> => {
      try {
        return await answer(
          api.GET("/api/studies/{study_id}/analyses/latest", {
            signal,
            params: { path: { study_id: studyId } },
          }),
        );
      } catch (error) {
        if (error instanceof ProblemError && error.problem.status === 404) {
          return null;
        }
        throw error;
      }
    },
  });
}

/** What a person says the tumor is; `unknown` leaves it to the classifier. */
export type TumorTold = "glioma" | "metastases" | "other" | "unknown";

export function useRequestAnalysis(studyId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (tumor?: TumorTold) =>
      answer(
        api.POST("/api/studies/{study_id}/analyses", {
          params: { path: { study_id: studyId }, query: tumor ? { tumor } : {} },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["study", studyId] }),
  });
}

export function reportPath(studyId: string, analysisId: string): string {
  return `/api/studies/${studyId}/analyses/${analysisId}/report.pdf`;
}
