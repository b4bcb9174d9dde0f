import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { answer, api, brokenLine, type Line, problemOf, type Schemas } from "../client/api.ts";

export type Job = Schemas["JobOut"];

/** The newest that is known of a job: what came with its study, or what the event stream said since. */
export function useJob(job: Job | null | undefined): Job | null {
  const { data } = useQuery({
    queryKey: ["job", job?.id ?? null],
    enabled: job != null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/jobs/{job_id}", { signal, params: { path: { job_id: job?.id ?? "" } } }),
      ),
    ...(job ? { initialData: job } : {}),
  });
  if (!job || !data) {
    return job ?? null;
  }
  return data.updated >= job.updated ? data : job;
}

/** Cancel a job, or take it up again, and what the server had against it. */
export function useJobControls() {
  const client = useQueryClient();
  const onSuccess = (job: Job) => takeJob(client, job);
  const cancel = useMutation({
    mutationFn: (jobId: string) =>
      answer(api.POST("/api/jobs/{job_id}/cancel", { params: { path: { job_id: jobId } } })),
    onSuccess,
  });
  const retry = useMutation({
    mutationFn: (jobId: string) =>
      answer(api.POST("/api/jobs/{job_id}/retry", { params: { path: { job_id: jobId } } })),
    onSuccess,
  });
  const error = cancel.error ?? retry.error;
  return {
    onCancel: cancel.mutate,
    onRetry: retry.mutate,
    isAsking: cancel.isPending || retry.isPending,
    failure: error ? problemOf(error) : null,
  };
}

export function isAtWork(job: Job | null | undefined): job is Job {
  return job?.state === "queued" || job?.state === "running";
}

/** Put news of a job where the page reads it. */
export function takeJob(client: QueryClient, job: Job): void {
  const known = client.getQueryData<Job>(["job", job.id]);
  if (known && known.updated > job.updated) {
    return; // news that was overtaken on the way
  }
  client.setQueryData(["job", job.id], job);
  if (known?.state === job.state && known.study_id === job.study_id) {
    return; // only the progress moved, which ["job", id] shows
  }
  void client.invalidateQueries({ queryKey: ["studies"] });
  if (job.kind === "train") {
    void client.invalidateQueries({ queryKey: ["training"] });
    void client.invalidateQueries({ queryKey: ["models"] });
    return;
  }
  if (job.kind === "explain") {
    void client.invalidateQueries({ queryKey: ["explanations"] });
    return;
  }
  if (job.model_id) {
    void client.invalidateQueries({ queryKey: ["models"] });
    void client.invalidateQueries({ queryKey: ["audit"] });
  }
  if (job.study_id) {
    void client.invalidateQueries({ queryKey: ["study", job.study_id] });
    void client.invalidateQueries({ queryKey: ["analysis", job.study_id] });
  }
}

const LISTEN_AGAIN_MS = 3000;

/** Why the server does not answer; null for any other trouble. */
async function askLine(): Promise<Line | null> {
  try {
    await answer(api.GET("/api/studies", { params: { query: { limit: 1 } } }));
    return null;
  } catch (error) {
    return brokenLine(error);
  }
}

/** Listen to the server's events; tells whether the line is open. */
export function useEvents(): Line | "connecting" {
  const client = useQueryClient();
  const [line, setLine] = useState<Line | "connecting">("connecting");
  useEffect(() => {
    let source: EventSource;
    let again: ReturnType<typeof setTimeout> | undefined;
    const listen = () => {
      source = new EventSource("/api/events");
      source.addEventListener("open", () => {
        setLine("open");
        // What was missed while nobody listened, and what failed in the meantime.
        void client.invalidateQueries({ queryKey: ["studies"] });
        void client.invalidateQueries({ queryKey: ["job"] });
        void client.invalidateQueries({ predicate: ({ state }) => state.status === "error" });
      });
      source.addEventListener("error", () => {
        setLine((last) => (last === "signed out" ? last : "lost"));
        // The browser tries again by itself after a broken line, but not after a refusal.
        if (source.readyState === EventSource.CLOSED) {
          void askLine().then((why) => setLine(why ?? "lost"));
          again = setTimeout(listen, LISTEN_AGAIN_MS);
        }
      });
      source.addEventListener("job", (event) => takeJob(client, JSON.parse(event.data) as Job));
      source.addEventListener("study", (event) => {
        const { id } = JSON.parse(event.data) as { id: string };
        void client.invalidateQueries({ queryKey: ["studies"] });
        void client.invalidateQueries({ queryKey: ["study", id] });
        void client.invalidateQueries({ queryKey: ["analysis", id] });
      });
    };
    listen();
    return () => {
      clearTimeout(again);
      source.close();
    };
  }, [client]);
  return line;
}
