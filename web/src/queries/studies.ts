import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { answer, api, type Schemas } from "../client/api.ts";

export type StudyRow = Schemas["StudyRowOut"];
export type Study = Schemas["StudyOut"];
export type Series = Schemas["SeriesOut"];
export type StudyStatus = StudyRow["status"];
export type TumorClass = "glioma" | "meningioma" | "pituitary" | "notumor";

export interface WorklistFilter {
  readonly words: string;
  readonly status: StudyStatus | null;
  readonly label: TumorClass | null;
}

const PAGE = 100;

/** The worklist, newest first, page after page. */
export function useWorklist({ words, status, label }: WorklistFilter) {
  return useInfiniteQuery({
    queryKey: ["studies", { words, status, label }],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/studies", {
          signal,
          params: {
            query: {
              q: words,
              limit: PAGE,
              ...(status ? { status } : {}),
              ...(label ? { class: label } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function useStudy(studyId: string) {
  return useQuery({
    queryKey: ["study", studyId],
    // The client reads tuples as arrays; the document says they are tuples.
    queryFn: async ({ signal }) =>
      (await answer(
        api.GET("/api/studies/{study_id}", { signal, params: { path: { study_id: studyId } } }),
      )) as Study,
  });
}

export function useDeleteStudy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (studyId: string) =>
      answer(api.DELETE("/api/studies/{study_id}", { params: { path: { study_id: studyId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["studies"] }),
  });
}
