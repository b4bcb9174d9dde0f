/** A segmentation that a reader gives for a study, in the place of the network's. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../client/api.ts";

/** What the numbers of a segmentation mean. */
export type LabelScheme = "2023" | "2018" | "post" | "2013" | "msd" | "ped";

interface Given {
  readonly file: File;
  /** Null where the server shall find it. */
  readonly labels: LabelScheme | null;
}

export function useGiveMask(studyId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ file, labels }: Given) =>
      answer(
        api.PUT("/api/studies/{study_id}/mask", {
          params: { path: { study_id: studyId }, query: labels ? { labels } : {} },
          body: file as unknown as string, // OpenAPI calls raw bytes a string
          bodySerializer: () => file,
          headers: { "Content-Type": "application/octet-stream" },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["study", studyId] }),
  });
}

export function useTakeMaskBack(studyId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(
        api.DELETE("/api/studies/{study_id}/mask", { params: { path: { study_id: studyId } } }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["study", studyId] }),
  });
}
