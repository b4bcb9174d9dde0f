import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, ProblemError, type Schemas } from "../client/api.ts";

export type ModelAudit = Schemas["ModelAuditOut"];
export type AuditContent = ModelAudit["content"];
export type ModelSheet = AuditContent["models"][number];
export type AuditInterval = Schemas["AuditIntervalOut"];
export type Measure = Schemas["MeasureOut"];

/** All audits in short, newest first. */
export function useModelAudits() {
  return useQuery({
    queryKey: ["model-audits"],
    queryFn: async ({ signal }) => (await answer(api.GET("/api/model-audits", { signal }))).audits,
  });
}

export function useModelAudit(id: string | null) {
  return useQuery({
    queryKey: ["model-audits", id],
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/model-audits/{audit_id}", {
          signal,
          params: { path: { audit_id: id ?? "" } },
        }),
      ),
  });
}

const NO_JSON = {
  type: "about:blank",
  title: "This file cannot be read",
  status: 0,
  detail: "It is not the JSON of an audit.",
  fix: "Choose model-audit.json, as neuroscope audit model writes it.",
  received: null,
};

/** Bring the file that `neuroscope audit model` wrote. */
export function useBringAudit() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (file: File) => {
      let body: AuditContent;
      try {
        body = JSON.parse(await file.text());
      } catch {
        throw new ProblemError(NO_JSON);
      }
      return answer(api.POST("/api/model-audits", { body: body as Schemas["ModelAuditContent"] }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["model-audits"] }),
  });
}
