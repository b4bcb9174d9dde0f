import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../client/api.ts";

export type AuditEvent = Schemas["EventOut"];
export type Verification = Schemas["VerificationOut"];

const PAGE = 50;

/** Which events are shown; empty words leave none out. */
export interface AuditFilter {
  readonly objectId: string;
  /** A kind of object ("model") or one action ("model.promote"). */
  readonly action: string;
  readonly actor: string;
}

/** What happened, newest first, page after page. */
export function useAuditEvents({ objectId, action, actor }: AuditFilter) {
  return useInfiniteQuery({
    queryKey: ["audit", "events", { objectId, action, actor }],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/audit", {
          signal,
          params: {
            query: {
              limit: PAGE,
              ...(objectId ? { object_id: objectId } : {}),
              ...(action ? { action } : {}),
              ...(actor ? { actor } : {}),
              ...(pageParam === null ? {} : { before: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => last.next_before ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** Whether the trail is whole. It reads every event: asked for when the page opens, and on demand. */
export function useVerification() {
  return useQuery({
    queryKey: ["audit", "verification"],
    staleTime: 60_000,
    queryFn: ({ signal }) => answer(api.GET("/api/audit/verification", { signal })),
  });
}
