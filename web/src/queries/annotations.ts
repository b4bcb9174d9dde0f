/** What readers drew on a series: asked for, and sent. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, brokenLine, ProblemError, problemOf, type Schemas } from "../client/api.ts";

export type Stored = Schemas["AnnotationOut"];
export type Version = Schemas["VersionOut"];
export type AnnotationIn = Schemas["AnnotationIn"];
export type Draft = Omit<Required<AnnotationIn>, "id">;

export interface OfSeries {
  readonly studyId: string;
  readonly seriesId: string;
}

function pathOf({ studyId, seriesId }: OfSeries) {
  return { study_id: studyId, series_id: seriesId };
}

const ALL = "/api/studies/{study_id}/series/{series_id}/annotations";
const ONE = "/api/studies/{study_id}/series/{series_id}/annotations/{annotation_id}";

// The client reads tuples as arrays; the document says they are tuples.
export async function listAnnotations(of: OfSeries) {
  const list = await answer(api.GET(ALL, { params: { path: pathOf(of) } }));
  return list as unknown as Schemas["AnnotationsOut"];
}

export async function listVersions(of: OfSeries, id: string): Promise<readonly Version[]> {
  const path = { ...pathOf(of), annotation_id: id };
  const list = await answer(api.GET(`${ONE}/versions`, { params: { path } }));
  return list.versions as unknown as Version[];
}

export type Write =
  | { readonly does: "create"; readonly content: Draft }
  | {
      readonly does: "edit";
      readonly content: Draft;
      readonly parent: number;
      readonly resolves: readonly number[];
    }
  | { readonly does: "delete"; readonly parent: number };

/** What became of a request. */
export type Outcome =
  | { readonly is: "accepted"; readonly stored: Stored }
  | { readonly is: "conflict"; readonly current: Version; readonly yours: Version }
  | { readonly is: "refused"; readonly problem: Schemas["ProblemOut"] }
  | { readonly is: "lost"; readonly why: "lost" | "signed out" };

async function ask(of: OfSeries, id: string, write: Write): Promise<Stored> {
  const path = { ...pathOf(of), annotation_id: id };
  if (write.does === "create") {
    const params = { path: pathOf(of) };
    const body = { ...write.content, id };
    return (await answer(api.POST(ALL, { params, body }))) as unknown as Stored;
  }
  if (write.does === "delete") {
    const params = { path, query: { parent: write.parent } };
    return (await answer(api.DELETE(ONE, { params }))) as unknown as Stored;
  }
  const body = { ...write.content, parent: write.parent, resolves: [...write.resolves] };
  return (await answer(api.PUT(ONE, { params: { path }, body }))) as unknown as Stored;
}

/** Send one change; never throws for what the server or the line did. */
export async function sendAnnotation(of: OfSeries, id: string, write: Write): Promise<Outcome> {
  try {
    return { is: "accepted", stored: await ask(of, id, write) };
  } catch (error) {
    const why = brokenLine(error);
    if (why) {
      return { is: "lost", why };
    }
    const problem = problemOf(error);
    if (problem.status === 409 && problem.current && problem.yours) {
      return {
        is: "conflict",
        current: problem.current as unknown as Version,
        yours: problem.yours as unknown as Version,
      };
    }
    const isTheirFault = problem.status >= 500 || problem.status === 429;
    return isTheirFault && error instanceof ProblemError
      ? { is: "lost", why: "lost" }
      : { is: "refused", problem };
  }
}

const FILL = "/api/studies/{study_id}/series/{series_id}/annotations/fill";
const FROM_MODEL = "/api/studies/{study_id}/series/{series_id}/annotations/from-model";

/** A contour that the server proposes; nothing is stored yet. */
export type Proposal = Schemas["DraftOut"];

export async function fillBetween(
  of: OfSeries,
  first: readonly Draft[],
  second: readonly Draft[],
): Promise<readonly Proposal[]> {
  const body = { first: [...first], second: [...second] };
  const params = { path: pathOf(of) };
  return (await answer(api.POST(FILL, { params, body }))).annotations as unknown as Proposal[];
}

/** What a model found on one slice, as contours. */
export async function takeFromModel(
  of: OfSeries,
  body: Schemas["FromModelIn"],
): Promise<readonly Proposal[]> {
  const params = { path: pathOf(of) };
  const found = await answer(api.POST(FROM_MODEL, { params, body }));
  return found.annotations as unknown as Proposal[];
}

export type Answer = Schemas["ReaderLabelOut"];
export type AnswerLabel = NonNullable<Schemas["ReaderLabelIn"]["label"]>;

const LABEL = "/api/studies/{study_id}/series/{series_id}/label";
const LABELS = "/api/studies/{study_id}/series/{series_id}/labels";

/** What readers say a series and its pictures show. */
export function useAnswers(of: OfSeries, reader: string) {
  return useQuery({
    queryKey: ["reader labels", of.studyId, of.seriesId, reader],
    queryFn: async ({ signal }) =>
      (await answer(api.GET(LABELS, { signal, params: { path: pathOf(of) } }))).labels,
  });
}

export function useSetAnswer(of: OfSeries) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { label: AnswerLabel | null; slice_index: number | null }) =>
      answer(api.PUT(LABEL, { params: { path: pathOf(of) }, body })),
    onSettled: () =>
      client.invalidateQueries({ queryKey: ["reader labels", of.studyId, of.seriesId] }),
  });
}
