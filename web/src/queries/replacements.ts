import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, fetchBytes, type Schemas } from "../client/api.ts";
import { pathOf, type SliceAsked, type Target } from "./explanations.ts";

export type Replacement = Schemas["ReplacementOut"];
export type Region = Replacement["region"];

/** The slice as the network sees it, the part (1 inside), the slice without it, and a sham. */
export interface ReplacementPictures {
  readonly rows: number;
  readonly columns: number;
  readonly picture: Float32Array<ArrayBuffer>;
  readonly part: Float32Array<ArrayBuffer>;
  readonly without: Float32Array<ArrayBuffer>;
  readonly sham: Float32Array<ArrayBuffer> | null;
}

const ROUTE =
  "/api/studies/{study_id}/analyses/{analysis_id}/series/{series_id}/slices/{index}/replacements";

/** What was replaced on a slice; read anew whenever a job of the explanations moves. */
export function useReplacements(asked: SliceAsked, target: Target) {
  return useQuery({
    queryKey: ["explanations", "replaced", asked, target],
    queryFn: async ({ signal }) =>
      (await answer(api.GET(ROUTE, { signal, params: { path: pathOf(asked), query: { target } } })))
        .replacements,
  });
}

export function useAskToReplace(asked: SliceAsked) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { region: Region; target: Target }) =>
      answer(api.POST(ROUTE, { params: { path: pathOf(asked) }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["explanations", "replaced"] }),
  });
}

export function useReplacementPictures(asked: SliceAsked, of: Replacement) {
  return useQuery({
    queryKey: ["replaced pictures", asked, of.region, of.target, of.job.id, of.before, of.after],
    enabled: of.is_ready,
    gcTime: 60_000,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const { studyId, analysisId, seriesId, index } = asked;
      const { bytes, headers } = await fetchBytes(
        `/api/studies/${studyId}/analyses/${analysisId}/series/${seriesId}/slices/${index}` +
          `/replacements/${of.region}/pictures?target=${of.target}`,
        signal,
      );
      return splitPictures(bytes, headers.get("X-Shape") ?? "");
    },
  });
}

/** Cut the answer of the server into its three or four pictures. */
export function splitPictures(bytes: ArrayBuffer, shape: string): ReplacementPictures {
  const [count = 0, rows = 0, columns = 0] = shape.split(",").map(Number);
  const size = rows * columns;
  if ((count !== 3 && count !== 4) || bytes.byteLength !== count * 4 * size) {
    throw new RangeError(
      `The server announced pictures of ${shape} and sent ${bytes.byteLength} bytes.`,
    );
  }
  const at = (place: number) => new Float32Array(bytes, place * 4 * size, size);
  return {
    rows,
    columns,
    picture: at(0),
    part: at(1),
    without: at(2),
    sham: count === 4 ? at(3) : null,
  };
}
