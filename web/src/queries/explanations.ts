import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, fetchBytes, type Schemas } from "../client/api.ts";

export type ExplanationMethod = Schemas["ExplanationMethodOut"];
export type Explanation = Schemas["ExplanationOut"];
export type MethodName = ExplanationMethod["name"];
export type Target = Explanation["target"];

/** A slice of an analysis, and the class that is explained. */
export interface SliceAsked {
  readonly studyId: string;
  readonly analysisId: string;
  readonly seriesId: string;
  readonly index: number;
}

/** The slice as the network sees it, its evidence map, and the map of another method. */
export interface ExplanationMaps {
  readonly rows: number;
  readonly columns: number;
  readonly picture: Float32Array<ArrayBuffer>;
  readonly evidence: Float32Array<ArrayBuffer>;
  readonly map: Float32Array<ArrayBuffer>;
}

const FOREVER = { staleTime: Number.POSITIVE_INFINITY } as const;

export function useExplanationMethods(isWanted: boolean) {
  return useQuery({
    queryKey: ["explanation methods"],
    enabled: isWanted,
    ...FOREVER,
    queryFn: async ({ signal }) =>
      (await answer(api.GET("/api/explanation-methods", { signal }))).methods,
  });
}

/** The maps of a slice that someone asked for; made anew whenever a job of theirs moves. */
export function useExplanations(asked: SliceAsked, isWanted: boolean) {
  return useQuery({
    queryKey: ["explanations", asked],
    enabled: isWanted,
    queryFn: async ({ signal }) =>
      (
        await answer(
          api.GET(
            "/api/studies/{study_id}/analyses/{analysis_id}/series/{series_id}/slices/{index}/explanations",
            { signal, params: { path: pathOf(asked) } },
          ),
        )
      ).explanations as Explanation[], // intervals of passports are pairs: openapi-fetch forgets it
  });
}

export function useAskForExplanation(asked: SliceAsked) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { method: MethodName; target: Target }) =>
      answer(
        api.POST(
          "/api/studies/{study_id}/analyses/{analysis_id}/series/{series_id}/slices/{index}/explanations",
          { params: { path: pathOf(asked) }, body },
        ),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ["explanations", asked] }),
  });
}

export function useExplanationMaps(asked: SliceAsked, of: Explanation | null) {
  return useQuery({
    queryKey: ["explanation maps", asked, of?.method, of?.target, of?.job.id],
    enabled: Boolean(of?.is_ready),
    ...FOREVER,
    gcTime: 60_000,
    queryFn: async ({ signal }) => {
      const { studyId, analysisId, seriesId, index } = asked;
      const method = encodeURIComponent(of?.method ?? "");
      const path =
        `/api/studies/${studyId}/analyses/${analysisId}/series/${seriesId}/slices/${index}` +
        `/explanations/${method}/maps?target=${of?.target}`;
      const { bytes, headers } = await fetchBytes(path, signal);
      return splitMaps(bytes, headers.get("X-Shape") ?? "");
    },
  });
}

/** Cut the answer of the server into its three pictures. */
export function splitMaps(bytes: ArrayBuffer, shape: string): ExplanationMaps {
  const [count, rows = 0, columns = 0] = shape.split(",").map(Number);
  const size = rows * columns;
  if (count !== 3 || bytes.byteLength !== 3 * 4 * size) {
    throw new RangeError(
      `The server announced maps of ${shape} and sent ${bytes.byteLength} bytes.`,
    );
  }
  const [picture, evidence, map] = [0, 1, 2].map(
    (part) => new Float32Array(bytes, part * 4 * size, size),
  ) as [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
  return { rows, columns, picture, evidence, map };
}

/** The address of a slice, as the client wants it. */
export function pathOf(asked: SliceAsked) {
  return {
    study_id: asked.studyId,
    analysis_id: asked.analysisId,
    series_id: asked.seriesId,
    index: asked.index,
  };
}
