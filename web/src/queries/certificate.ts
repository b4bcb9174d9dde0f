import { useQuery } from "@tanstack/react-query";
import { answer, api, ProblemError, type Schemas } from "../client/api.ts";
import type { Passport } from "./passports.ts";

export type Certificate = Schemas["CertificateOut"];
export type MetricRow = Schemas["MetricRowOut"];
export type Score = Schemas["ScoreOut"];
export type Difference = Schemas["DifferenceOut"];
export type FlipPicture = Omit<Schemas["FlipPictureOut"], "tests_before" | "tests_after"> & {
  readonly tests_before: Passport | null;
  readonly tests_after: Passport | null;
};

/** What was tested of a version, found and concluded. */
export function useCertificate(modelId: string) {
  return useQuery({
    queryKey: ["certificate", modelId],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/models/{model_id}/certificate", {
          signal,
          params: { path: { model_id: modelId } },
        }),
      ),
  });
}

/** Slices that were answered right before and wrong after, with both maps; none if they were not kept. */
export function useFlipPictures(modelId: string, isWanted: boolean) {
  return useQuery({
    queryKey: ["certificate", modelId, "flips"],
    enabled: isWanted,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }): Promise<FlipPicture[]> => {
      try {
        const { flips } = await answer(
          api.GET("/api/models/{model_id}/certificate/flips", {
            signal,
            params: { path: { model_id: modelId } },
          }),
        );
        return flips as FlipPicture[]; // intervals of tests are pairs, which openapi-fetch forgets
      } catch (error) {
        if (error instanceof ProblemError && error.problem.status === 404) {
          return [];
        }
        throw error;
      }
    },
  });
}

export function certificatePath(modelId: string, format: "json" | "pdf"): string {
  return `/api/models/${modelId}/certificate${format === "pdf" ? ".pdf" : ""}`;
}
