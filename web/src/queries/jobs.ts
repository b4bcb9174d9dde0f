import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { answer, api, type Schemas } from "../client/api.ts";

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

export function useCancelJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (jobId: string) =>
      answer(api.POST("/api/jobs/{job_id}/cancel", { params: { path: { job_id: jobId } } })),
    onSuccess: (job) => takeJob(client, job),
  });
}

export function useRetryJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (jobId: string) =>
      answer(api.POST("/api/jobs/{job_id}/retry", { params: { path: { job_id: jobId } } })),
    onSuccess: (job) => takeJob(client, job),
  });
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
  if (job.study_id) {
    void client.invalidateQueries({ queryKey: ["study", job.study_id] });
    void client.invalidateQueries({ queryKey: ["analysis", job.study_id] });
  }
}

/** Listen to the server's events; tells whether the line is open. */
export function useEvents(): "connecting" | "open" | "lost" {
  const client = useQueryClient();
  const [line, setLine] = useState<"connecting" | "open" | "lost">("connecting");
  useEffect(() => {
    const source = new EventSource("/api/events");
    source.addEventListener("open", () => {
      setLine("open");
      // What was missed while nobody listened.
      void client.invalidateQueries({ queryKey: ["studies"] });
      void client.invalidateQueries({ queryKey: ["job"] });
    });
    source.addEventListener("error", () => setLine("lost"));
    source.addEventListener("job", (event) => takeJob(client, JSON.parse(event.data) as Job));
    source.addEventListener("study", (event) => {
      const { id } = JSON.parse(event.data) as { id: string };
      void client.invalidateQueries({ queryKey: ["studies"] });
      void client.invalidateQueries({ queryKey: ["study", id] });
      void client.invalidateQueries({ queryKey: ["analysis", id] });
    });
    return () => source.close();
  }, [client]);
  return line;
}
