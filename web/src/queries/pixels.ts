import { type QueryClient, useQuery } from "@tanstack/react-query";
import { fetchBytes } from "../client/api.ts";
import type { Series } from "./studies.ts";

/** Voxels in the order they are stored, i fastest. */
export type VoxelValues =
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

const READERS: Record<string, (bytes: ArrayBuffer) => VoxelValues> = {
  int8: (bytes) => new Int8Array(bytes),
  uint8: (bytes) => new Uint8Array(bytes),
  int16: (bytes) => new Int16Array(bytes),
  uint16: (bytes) => new Uint16Array(bytes),
  int32: (bytes) => new Int32Array(bytes),
  uint32: (bytes) => new Uint32Array(bytes),
  float32: (bytes) => new Float32Array(bytes),
  float64: (bytes) => new Float64Array(bytes),
};

/** Read little-endian numbers as numpy names their type. */
export function readVoxels(bytes: ArrayBuffer, dtype: string): VoxelValues {
  const reader = READERS[dtype];
  if (!reader) {
    throw new RangeError(`The server sent voxels of type ${dtype}, which the page cannot read.`);
  }
  return reader(bytes);
}

export interface SlicePixels {
  readonly pixels: Float32Array<ArrayBuffer>;
  readonly rows: number;
  readonly columns: number;
}

async function fetchSlice(path: string, signal?: AbortSignal): Promise<SlicePixels> {
  const { bytes, headers } = await fetchBytes(path, signal);
  const [rows, columns] = [Number(headers.get("X-Rows")), Number(headers.get("X-Columns"))];
  const pixels = new Float32Array(bytes);
  if (rows * columns !== pixels.length) {
    throw new RangeError(
      `The server announced ${rows} x ${columns} pixels and sent ${pixels.length}.`,
    );
  }
  return { pixels, rows, columns };
}

const FOREVER = { staleTime: Number.POSITIVE_INFINITY, gcTime: 60_000 } as const;

export function useVolume(studyId: string, series: Series) {
  return useQuery({
    queryKey: ["volume", studyId, series.id],
    enabled: series.kind === "volume",
    ...FOREVER,
    queryFn: async ({ signal }) => {
      const path = `/api/studies/${studyId}/series/${series.id}/volume`;
      const { bytes } = await fetchBytes(path, signal);
      return readVoxels(bytes, series.dtype ?? "");
    },
  });
}

/** A plain slice, kept for as long as the study is open. */
export function slicePixels(
  client: QueryClient,
  studyId: string,
  seriesId: string,
  index: number,
): Promise<SlicePixels> {
  return client.fetchQuery({
    queryKey: ["slice", studyId, seriesId, index],
    ...FOREVER,
    queryFn: ({ signal }) =>
      fetchSlice(`/api/studies/${studyId}/series/${seriesId}/slices/${index}`, signal),
  });
}

export interface EvidenceOf {
  readonly studyId: string;
  readonly analysisId: string;
  readonly seriesId: string;
  readonly target: string;
}

/** Evidence on the grid of a volume, as int16 steps. */
export function useEvidenceVolume(of: EvidenceOf, isThere: boolean) {
  const { studyId, analysisId, seriesId, target } = of;
  return useQuery({
    queryKey: ["evidence", analysisId, seriesId, target],
    enabled: isThere,
    ...FOREVER,
    queryFn: async ({ signal }) => {
      const path = `/api/studies/${studyId}/analyses/${analysisId}/series/${seriesId}/evidence?target=${target}`;
      return new Int16Array((await fetchBytes(path, signal)).bytes);
    },
  });
}

export function useSliceEvidence(of: EvidenceOf, index: number, isThere: boolean) {
  const { studyId, analysisId, seriesId, target } = of;
  return useQuery({
    queryKey: ["evidence", analysisId, seriesId, target, index],
    enabled: isThere,
    ...FOREVER,
    queryFn: ({ signal }) =>
      fetchSlice(
        `/api/studies/${studyId}/analyses/${analysisId}/series/${seriesId}/slices/${index}/evidence?target=${target}`,
        signal,
      ),
  });
}
