import {
  keepPreviousData,
  type QueryClient,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { answer, api, ProblemError, type Schemas } from "../client/api.ts";

export type TrainingChoices = Schemas["TrainingChoicesOut"];
export type TrainingRun = Schemas["TrainingRunOut"];
export type TrainingPoint = Schemas["TrainingPointOut"];
export type TrainingWish = Schemas["TrainingIn"];
export type Preview = Schemas["PreviewOut"];
export type MarkedSlice = Schemas["MarkedSliceOut"];
/** What the live line of a training says. */
export type Live = Schemas["LiveOut"];

export function isTraining({ state }: Pick<TrainingRun, "state">): boolean {
  return state === "queued" || state === "running";
}

/** What there is to learn from, what can be chosen, and what is missing. */
export function useTrainingChoices() {
  return useQuery({
    queryKey: ["training", "choices"],
    queryFn: ({ signal }) => answer(api.GET("/api/training/choices", { signal })),
  });
}

/** All trainings with their points, newest first. */
export function useTrainings() {
  return useQuery({
    queryKey: ["training", "runs"],
    queryFn: async ({ signal }) => (await answer(api.GET("/api/training", { signal }))).runs,
  });
}

const LOOK_FOR_MAPS_MS = 3000;

/** The maps of the first annotated slices, before the training and now; null while there are none. */
export function usePreviews(run: TrainingRun) {
  const step = run.points.at(-1)?.step ?? 0;
  return useQuery({
    queryKey: ["training", "previews", run.id, step, run.state],
    // The first maps come before the first point, and nothing tells of them.
    enabled: run.has_previews || isTraining(run),
    refetchInterval: isTraining(run) ? LOOK_FOR_MAPS_MS : false,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      try {
        return (await answer(
          api.GET("/api/training/{run_id}/previews", {
            signal,
            params: { path: { run_id: run.id } },
          }),
        )) as Schemas["PreviewsOut"]; // intervals of tests are pairs: openapi-fetch forgets it
      } catch (error) {
        if (error instanceof ProblemError && error.problem.status === 404) {
          return null;
        }
        throw error;
      }
    },
  });
}

/** Start a training, stop it, let it go on. */
export function useTrainingChanges() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: ["training"] });
  const start = useMutation({
    mutationFn: async (body: TrainingWish) =>
      (await answer(api.POST("/api/training", { body }))).runs,
    onSuccess: (runs: TrainingRun[]) => {
      runs.forEach((run) => {
        putRun(client, run);
      });
      return onSuccess();
    },
  });
  const stop = useMutation({
    mutationFn: (id: string) =>
      answer(api.POST("/api/training/{run_id}/stop", { params: { path: { run_id: id } } })),
    onSuccess,
  });
  const resume = useMutation({
    mutationFn: (id: string) =>
      answer(api.POST("/api/training/{run_id}/resume", { params: { path: { run_id: id } } })),
    onSuccess,
  });
  return { start, stop, resume };
}

/** A training with what its live line said since; points that came twice are there once. */
export function withNews(run: TrainingRun, news: Live): TrainingRun {
  if (news.kind === "run" && news.run) {
    return news.run;
  }
  if (news.kind === "point" && news.point) {
    const { point } = news;
    const earlier = run.points.filter(({ step }) => step < point.step);
    return { ...run, points: [...earlier, point] };
  }
  return {
    ...run,
    progress: news.progress ?? run.progress,
    message: news.message ?? run.message,
  };
}

function putRun(client: QueryClient, run: TrainingRun): void {
  client.setQueryData<TrainingRun[]>(["training", "runs"], (known = []) =>
    known.some(({ id }) => id === run.id)
      ? known.map((one) => (one.id === run.id ? run : one))
      : [run, ...known],
  );
}

/** Put news of a training where the page reads it. */
export function takeNews(client: QueryClient, id: string, news: Live): void {
  const runs = client.getQueryData<TrainingRun[]>(["training", "runs"]) ?? [];
  const run = news.run ?? runs.find((one) => one.id === id);
  if (run) {
    putRun(client, withNews(run, news));
  }
}

const LISTEN_AGAIN_MS = 3000;

/** Listen to a training while it is at work; tells whether the line is open. */
export function useLiveTraining(run: TrainingRun | null): "open" | "lost" | "closed" {
  const client = useQueryClient();
  const [line, setLine] = useState<"open" | "lost" | "closed">("closed");
  const id = run && isTraining(run) ? run.id : null;
  useEffect(() => {
    if (id === null) {
      setLine("closed");
      return;
    }
    let socket: WebSocket;
    let again: ReturnType<typeof setTimeout> | undefined;
    let isLeft = false;
    const listen = () => {
      const origin = globalThis.location.origin.replace(/^http/, "ws");
      socket = new WebSocket(`${origin}/api/training/${id}/live`);
      socket.addEventListener("open", () => setLine("open"));
      socket.addEventListener("message", (event: MessageEvent<string>) =>
        takeNews(client, id, JSON.parse(event.data) as Live),
      );
      socket.addEventListener("close", ({ code }) => {
        if (isLeft) {
          return;
        }
        // It closes in peace when the training has ended: then the list knows the rest.
        void client.invalidateQueries({ queryKey: ["training", "runs"] });
        if (code !== 1000) {
          setLine("lost");
          again = setTimeout(listen, LISTEN_AGAIN_MS);
        }
      });
    };
    listen();
    return () => {
      isLeft = true;
      clearTimeout(again);
      socket.close();
    };
  }, [client, id]);
  return line;
}
