import {
  keepPreviousData,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api, fetchBytes, type Schemas } from "../client/api.ts";
import { readerHeaders, useReader } from "./reader.ts";
import { readTiles, type Tile } from "./tiles.ts";

export type GridFilter = Required<Schemas["SearchIn"]>;
export type Slices = Schemas["SlicesOut"];
export type GridSlice = Schemas["ValidationSliceOut"];
export type Verdict = Exclude<GridSlice["verdict"], "none">;
export type Verdicts = Schemas["VerdictsOut"];
export type SavedView = Schemas["ViewOut"];

/** Slices asked for at once: what a large screen shows. */
export const BLOCK = 60;

/** Which slices match, in order, and how many there are of every kind. */
export function useSlices(filter: GridFilter) {
  const reader = useReader(({ name }) => name);
  return useQuery({
    queryKey: ["validation", "slices", filter, reader],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/validation/slices", { signal, params: { query: filter } })),
  });
}

/** The blocks of a list that hold the places from `first` to `last`. */
export function blocksOf(ids: readonly number[], first: number, last: number): string[] {
  const blocks: string[] = [];
  const start = Math.floor(Math.max(0, first) / BLOCK) * BLOCK;
  for (let at = start; at <= last && at < ids.length; at += BLOCK) {
    blocks.push(ids.slice(at, at + BLOCK).join(","));
  }
  return blocks;
}

/** What is said of the slices of some blocks, by id. */
export function useRows(blocks: readonly string[]): ReadonlyMap<number, GridSlice> {
  const reader = useReader(({ name }) => name);
  const found = useQueries({
    queries: blocks.map((ids) => ({
      queryKey: ["validation", "rows", ids, reader],
      staleTime: 30_000,
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        // The client reads tuples as arrays; the document says they are tuples.
        answer(
          api.GET("/api/validation/slices/rows", { signal, params: { query: { ids } } }),
        ) as Promise<Schemas["RowsOut"]>,
    })),
    combine: (results) => results.map(({ data }) => data),
  });
  return useMemo(
    () => new Map(found.flatMap((rows) => rows?.slices ?? []).map((row) => [row.id, row])),
    [found],
  );
}

/** The pictures and maps of some blocks, by id: one request for each block. */
export function useTiles(blocks: readonly string[]): ReadonlyMap<number, Tile> {
  const found = useQueries({
    queries: blocks.map((ids) => ({
      queryKey: ["validation", "tiles", ids],
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 120_000,
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        readTiles((await fetchBytes(`/api/validation/slices/tiles?ids=${ids}`, signal)).bytes),
    })),
    combine: (results) => results.map(({ data }) => data),
  });
  return useMemo(
    () => new Map(found.flatMap((tiles) => tiles ?? []).map((tile) => [tile.id, tile])),
    [found],
  );
}

/** What readers said of the map of a slice. */
export function useVerdicts(sliceId: number | null) {
  const reader = useReader(({ name }) => name);
  return useQuery({
    queryKey: ["validation", "verdicts", sliceId, reader],
    enabled: sliceId !== null,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/validation/slices/{slice_id}/verdicts", {
          signal,
          params: { path: { slice_id: sliceId ?? 0 } },
        }),
      ),
  });
}

export interface Saying {
  readonly sliceId: number;
  readonly verdict: Verdict | null;
  /** Undefined leaves the note as it is. */
  readonly note?: string;
}

/** Say what a map is worth. The slice stays where it is until the filter changes. */
export function useSay() {
  const client = useQueryClient();
  const reader = useReader(({ name }) => name);
  return useMutation({
    scope: { id: "verdict" }, // one after the other: each stands on the version before it
    mutationFn: async ({ sliceId, verdict, note }: Saying) => {
      const path = { slice_id: sliceId };
      const before = await answer(
        api.GET("/api/validation/slices/{slice_id}/verdicts", { params: { path } }),
      );
      return answer(
        api.PUT("/api/validation/slices/{slice_id}/verdict", {
          params: { path },
          body: {
            verdict,
            note: note ?? before.yours?.note ?? "",
            parent: before.yours?.version ?? 0,
          },
        }),
      );
    },
    onSuccess: (said, { sliceId }) => {
      client.setQueryData(["validation", "verdicts", sliceId, reader], said);
      client.setQueriesData<Schemas["RowsOut"]>({ queryKey: ["validation", "rows"] }, (rows) =>
        rows?.slices.some(({ id }) => id === sliceId)
          ? {
              slices: rows.slices.map((row) =>
                row.id === sliceId ? { ...row, verdict: said.yours?.verdict ?? "none" } : row,
              ),
            }
          : rows,
      );
    },
  });
}

export function useViews() {
  return useQuery({
    queryKey: ["validation", "views"],
    queryFn: async ({ signal }) =>
      (await answer(api.GET("/api/validation/views", { signal }))).views,
  });
}

/** Keep a filter under a name, or forget one. */
export function useViewChanges() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: ["validation", "views"] });
  const save = useMutation({
    mutationFn: (body: { name: string; filter: GridFilter }) =>
      answer(api.POST("/api/validation/views", { body })),
    onSuccess,
  });
  const forget = useMutation({
    mutationFn: (id: string) =>
      answer(api.DELETE("/api/validation/views/{view_id}", { params: { path: { view_id: id } } })),
    onSuccess,
  });
  return { save, forget };
}

/** The slices that match as a table, for a program. It is asked for by the reader who sits here. */
export function useTable() {
  return useMutation({
    mutationFn: async (filter: GridFilter) => {
      const words = new URLSearchParams();
      for (const [name, value] of Object.entries(filter)) {
        for (const one of Array.isArray(value) ? value : [value]) {
          if (name !== "order" && one !== "") {
            words.append(name, String(one));
          }
        }
      }
      const { bytes } = await fetchBytes(`/api/validation/slices.csv?${words}`, undefined, {
        headers: readerHeaders(),
      });
      return new Blob([bytes], { type: "text/csv" });
    },
  });
}
