import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../client/api.ts";

export type AnalysisRow = Schemas["AnalysisRowOut"];
export type Comparison = Schemas["ComparisonOut"];
export type ComparedSeries = Schemas["ComparedSeriesOut"];
export type ComparedSlice = Schemas["ComparedSliceOut"];

/** All analyses of a study, newest first, and which version made each. */
export function useAnalyses(studyId: string) {
  return useQuery({
    // The event stream tells of every analysis under this key.
    queryKey: ["analysis", studyId, "all"],
    enabled: studyId !== "",
    queryFn: async ({ signal }) =>
      (
        await answer(
          api.GET("/api/studies/{study_id}/analyses", {
            signal,
            params: { path: { study_id: studyId } },
          }),
        )
      ).analyses as AnalysisRow[],
  });
}

/** Let a named version analyze a study, beside the one that speaks for it. */
export function useTrial(studyId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (modelId: string) =>
      answer(
        api.POST("/api/studies/{study_id}/analyses", {
          params: { path: { study_id: studyId }, query: { model_id: modelId } },
        }),
      ),
    onSuccess: (job) => client.setQueryData(["job", job.id], job),
  });
}

/** What two analyses of a study say, slice by slice. */
export function useComparison(studyId: string, first: string, second: string) {
  return useQuery({
    queryKey: ["comparison", studyId, first, second],
    enabled: studyId !== "" && first !== "" && second !== "",
    queryFn: async ({ signal }) =>
      (await answer(
        api.GET("/api/studies/{study_id}/comparison", {
          signal,
          params: { path: { study_id: studyId }, query: { first, second } },
        }),
      )) as Comparison,
  });
}
