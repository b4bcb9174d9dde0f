/** Similar past cases: asked of the worker through the server. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../client/api.ts";
import { isAtWork, type Job, takeJob } from "./jobs.ts";

export type Similar = Schemas["SimilarOut"];
export type Neighbor = Schemas["NeighborOut"];
export type Compared = Schemas["ComparedOut"];
export type Why = Schemas["WhyOut"];
export type CohortMap = Schemas["CohortMapOut"];
export type MapPoint = Schemas["MapPointOut"];

/** What is asked about: nothing for the whole study, a slice of a series, or a drawing on it. */
export interface About {
  readonly series_id?: string;
  readonly slice_index?: number;
  readonly annotation_id?: string;
}

export interface Question {
  readonly studyId: string;
  readonly about: About;
  readonly filter: string;
  readonly most: number;
}

const ALL = "/api/studies/{study_id}/similar";

/** The past cases most like what is asked about. The order stays on the screen while a new one comes. */
export function useSimilar({ studyId, about, filter, most }: Question, isOn: boolean) {
  return useQuery({
    queryKey: ["similar", studyId, about, filter, most],
    enabled: isOn,
    placeholderData: (before: Similar | undefined, query) =>
      query?.queryKey[1] === studyId ? before : undefined,
    retry: false,
    queryFn: async ({ signal }): Promise<Similar> => {
      const found = await answer(
        api.POST(ALL, {
          signal,
          params: { path: { study_id: studyId } },
          body: { ...about, filter, most },
        }),
      );
      return found as Similar; // its intervals are pairs, which openapi-fetch forgets
    },
  });
}

/** Where the similarity of two slices lies, on both. */
export function useWhy({ studyId, about }: Question, neighbor: Neighbor) {
  const { query_entry_id, entry_id } = neighbor;
  return useQuery({
    queryKey: ["similar why", studyId, about.annotation_id ?? null, query_entry_id, entry_id],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: ({ signal }) =>
      answer(
        api.POST(`${ALL}/why`, {
          signal,
          params: { path: { study_id: studyId } },
          body: { ...about, filter: "", most: 1, query_entry_id, entry_id },
        }),
      ),
  });
}

/** Say whether a case is relevant; null takes it back. The order follows at once. */
export function useJudge({ studyId, about }: Question) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (said: { readonly case_id: string; readonly is_relevant: boolean | null }) =>
      answer(
        api.PUT(`${ALL}/judgments`, {
          params: { path: { study_id: studyId } },
          body: { ...about, filter: "", most: 1, ...said },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["similar", studyId] }),
  });
}

/** Whether similar cases can be searched, and if not, why. */
export function useIndexState(isOn: boolean) {
  return useQuery({
    queryKey: ["similar index"],
    enabled: isOn,
    retry: false,
    queryFn: ({ signal }) => answer(api.GET("/api/similar/index", { signal })),
  });
}

/** The newest renewal of the index. */
export function useIndexJob(isOn: boolean) {
  return useQuery({
    queryKey: ["similar job"],
    enabled: isOn,
    queryFn: async ({ signal }): Promise<Job | null> => {
      const { jobs } = await answer(api.GET("/api/jobs", { signal }));
      return jobs.find(({ kind }) => kind === "index") ?? null;
    },
    refetchInterval: ({ state }) => (isAtWork(state.data) ? 1_000 : false),
  });
}

/** Bring the index up to date; made again where it is broken or outdated. */
export function useRenewIndex() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST("/api/similar/index")),
    onSuccess: (job) => {
      takeJob(client, job);
      client.setQueryData(["similar job"], job);
    },
  });
}

/** All slices of the index on a plane. */
export function useCohortMap() {
  return useQuery({
    queryKey: ["cohort map"],
    retry: false,
    staleTime: 60_000,
    queryFn: ({ signal }) => answer(api.GET("/api/cohort/map", { signal })),
  });
}

export interface SliceOfStore {
  readonly study_id: string;
  readonly series_id: string;
  readonly index: number;
}

/** Hand some slices to the validation page. */
export function useSelection() {
  return useMutation({
    mutationFn: (slices: readonly SliceOfStore[]) =>
      answer(api.POST("/api/validation/selections", { body: { slices: [...slices] } })),
  });
}
