/** What readers drew on a series: asked for, and sent. */

import { type QueryClient, useQuery } from "@tanstack/react-query";
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

export const annotationsKey = ({ studyId, seriesId }: OfSeries) => [
  "annotations",
  studyId,
  seriesId,
];

/** Look again now, for example after another page told of a change. */
export function lookAgain(client: QueryClient, of: OfSeries): void {
  void client.invalidateQueries({ queryKey: annotationsKey(of) });
}

export function useVersions(of: OfSeries, id: string | null) {
  return useQuery({
    queryKey: ["annotation versions", of.studyId, of.seriesId, id],
    enabled: id !== null,
    staleTime: 0,
    queryFn: () => listVersions(of, id ?? ""),
  });
}
