import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../client/api.ts";

export type AuditEvent = Schemas["EventOut"];
export type Verification = Schemas["VerificationOut"];

const PAGE = 50;

/** What happened, newest first, page after page; to one object only, if one is named. */
export function useAuditEvents(objectId: string) {
  return useInfiniteQuery({
    queryKey: ["audit", "events", objectId],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/audit", {
          signal,
          params: {
            query: {
              limit: PAGE,
              ...(objectId ? { object_id: objectId } : {}),
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
