import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, fetchBytes, type Schemas } from "../client/api.ts";
import { useReader } from "./reader.ts";

export type NextSlice = Schemas["NextSliceOut"];
export type Queue = Schemas["QueueOut"];
export type Assignment = Schemas["AssignmentOut"];
export type Agreement = Schemas["ReadersAgreementOut"];
export type Interval = Schemas["IntervalOut"];
export type Dispute = Schemas["DisputeOut"];
export type MarkKind = Agreement["kind"];

/** Which slices to annotate next, each with its reason. What is left out depends on who asks. */
export function useQueue(number: number) {
  const reader = useReader(({ name }) => name);
  return useQuery({
    queryKey: ["readers", "queue", number, reader],
    // The client reads tuples as arrays; the document says they are tuples.
    queryFn: async ({ signal }) =>
      (await answer(api.GET("/api/queue", { signal, params: { query: { number } } }))) as Queue,
  });
}

/** Let the active model analyze studies again. */
export function useAnalyzeAgain() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (studies: readonly string[]) =>
      Promise.all(
        studies.map((study) =>
          answer(
            api.POST("/api/studies/{study_id}/analyses", { params: { path: { study_id: study } } }),
          ),
        ),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["studies"] }),
  });
}

/** Who shall read what, oldest first. */
export function useAssignments() {
  return useQuery({
    queryKey: ["readers", "assignments"],
    queryFn: async ({ signal }) =>
      (await answer(api.GET("/api/assignments", { signal }))).assignments,
  });
}

interface Place {
  readonly study_id: string;
  readonly series_id: string;
}

/** Give a series to a reader, take it back, hand a reading in. */
export function useAssignmentChanges() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: ["readers"] });
  const assign = useMutation({
    mutationFn: ({ reader, blind, ...path }: Place & { reader: string; blind: boolean }) =>
      answer(
        api.POST("/api/studies/{study_id}/series/{series_id}/assignments", {
          params: { path },
          body: { reader, blind },
        }),
      ),
    onSuccess,
  });
  const withdraw = useMutation({
    mutationFn: ({ study_id, series_id, reader }: Place & { reader: string }) =>
      answer(
        api.DELETE("/api/studies/{study_id}/series/{series_id}/assignments", {
          params: { path: { study_id, series_id }, query: { reader } },
        }),
      ),
    onSuccess,
  });
  const submit = useMutation({
    mutationFn: ({ study_id, series_id }: Place) =>
      answer(
        api.POST("/api/studies/{study_id}/series/{series_id}/assignments/submit", {
          params: { path: { study_id, series_id } },
        }),
      ),
    onSuccess,
  });
  return { assign, withdraw, submit };
}

/** How readers agree over all series that two or more have read. */
export function useAgreement(kind: MarkKind) {
  const reader = useReader(({ name }) => name);
  return useQuery({
    queryKey: ["readers", "agreement", kind, reader],
    queryFn: async ({ signal }) =>
      (await answer(
        api.GET("/api/readers/agreement", { signal, params: { query: { kind } } }),
      )) as Agreement,
  });
}

/** What readers should discuss, lowest agreement first. */
export function useDisputes(kind: MarkKind) {
  const reader = useReader(({ name }) => name);
  return useQuery({
    queryKey: ["readers", "disputes", kind, reader],
    queryFn: async ({ signal }) =>
      (await answer(
        api.GET("/api/readers/disagreements", { signal, params: { query: { kind } } }),
      )) as Schemas["DisputesOut"],
  });
}

export interface Case extends Place {
  readonly slice_index: number | null;
  readonly kind: MarkKind;
}

function askedOf({ study_id, series_id, slice_index, kind }: Case) {
  return {
    path: { study_id, series_id },
    query: { kind, ...(slice_index === null ? {} : { slice_index }) },
  };
}

/** What the readers of a case together say (STAPLE), and how good each is against it. */
export function useConsensus(of: Case) {
  return useQuery({
    queryKey: ["readers", "consensus", of],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/studies/{study_id}/series/{series_id}/consensus", {
          signal,
          params: askedOf(of),
        }),
      ),
  });
}

/** How every two readers of a series agree. */
export function useSeriesAgreement({ study_id, series_id, kind }: Case) {
  return useQuery({
    queryKey: ["readers", "series", study_id, series_id, kind],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/studies/{study_id}/series/{series_id}/agreement", {
          signal,
          params: { path: { study_id, series_id }, query: { kind } },
        }),
      ),
  });
}

/** A map of 0..255 over a volume (i fastest) or a picture (row after row). */
export function useReadersMap(of: Case, name: "disagreement" | "consensus") {
  return useQuery({
    queryKey: ["readers", name, "array", of],
    queryFn: async ({ signal }) => {
      const { path, query } = askedOf(of);
      const wanted = new URLSearchParams(Object.entries(query).map(([key, v]) => [key, String(v)]));
      const { bytes } = await fetchBytes(
        `/api/studies/${path.study_id}/series/${path.series_id}/${name}/array?${wanted}`,
        signal,
      );
      return new Uint8Array(bytes);
    },
  });
}
