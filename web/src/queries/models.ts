import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../client/api.ts";
import { isAtWork, type Job, takeJob } from "./jobs.ts";

export type ModelVersion = Schemas["RegisteredModelOut"];
export type ModelCard = Schemas["ModelCardOut"];
export type Verdict = NonNullable<ModelVersion["verdict"]>;
export type StaleResult = Schemas["StaleResultOut"];

/** All versions of all models, newest first. */
export function useModelVersions() {
  return useQuery({
    queryKey: ["models", "versions"],
    queryFn: async ({ signal }) =>
      (await answer(api.GET("/api/models/versions", { signal }))).versions as ModelVersion[],
  });
}

/** The cards of the models that came with the package. */
export function useModelCards() {
  return useQuery({
    queryKey: ["models", "cards"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) =>
      (await answer(api.GET("/api/models", { signal }))) as ModelCard[],
  });
}

/** Studies whose newest answer, or segmentation, comes from a version that is active no more. */
export function useStaleResults() {
  return useQuery({
    queryKey: ["models", "stale"],
    queryFn: async ({ signal }) => {
      const by = (name: string) =>
        answer(api.GET("/api/models/stale", { params: { query: { name } }, signal }));
      const found = await Promise.all([by("evidence"), by("segmenter")]);
      const all = found.flatMap(({ results }) => results);
      return [...new Map(all.map((one) => [one.study_id, one])).values()];
    },
  });
}

/** Whether the sets of classes of the active version still hold, by confirmed answers. */
export function useCoverage() {
  return useQuery({
    queryKey: ["models", "coverage"],
    queryFn: ({ signal }) => answer(api.GET("/api/models/coverage", { signal })),
  });
}

/** Let the active version analyze all studies that an older one read last. */
export function useRecompute() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => (await answer(api.POST("/api/models/stale/recompute"))).jobs,
    onSuccess: () => client.invalidateQueries({ queryKey: ["studies"] }),
  });
}

/** The newest promotion or way back that was asked for, so that a reload of the page loses nothing. */
export function useNewestChange() {
  return useQuery({
    queryKey: ["models", "change"],
    queryFn: async ({ signal }): Promise<Job | null> => {
      const { jobs } = await answer(api.GET("/api/jobs", { signal }));
      return jobs.find(({ kind }) => kind === "promote" || kind === "rollback") ?? null;
    },
    // The event stream tells of the job itself.
    refetchInterval: ({ state }) => (isAtWork(state.data) ? 5_000 : false),
  });
}

/** Make a version the active one, go back from it, or put it aside. */
export function useModelChanges() {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ["models"] });
  const onSuccess = (job: Job) => {
    takeJob(client, job);
    client.setQueryData(["models", "change"], job);
    return refresh();
  };
  const promote = useMutation({
    mutationFn: (modelId: string) =>
      answer(
        api.POST("/api/models/versions/{model_id}/promote", {
          params: { path: { model_id: modelId } },
        }),
      ),
    onSuccess,
  });
  const rollBack = useMutation({
    mutationFn: (modelId: string) =>
      answer(
        api.POST("/api/models/versions/{model_id}/rollback", {
          params: { path: { model_id: modelId } },
        }),
      ),
    onSuccess,
  });
  const reject = useMutation({
    mutationFn: (modelId: string) =>
      answer(
        api.POST("/api/models/versions/{model_id}/reject", {
          params: { path: { model_id: modelId } },
        }),
      ),
    onSuccess: refresh,
  });
  return { promote, rollBack, reject };
}
