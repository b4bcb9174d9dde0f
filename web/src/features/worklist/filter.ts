import { useSearchParams } from "react-router";
import { TUMOR_CLASSES } from "../../queries/classes.ts";
import type { StudyStatus, WorklistFilter } from "../../queries/studies.ts";

export const STATUS_NAMES: Readonly<Record<StudyStatus, string>> = {
  new: "Not analyzed",
  queued: "Waiting",
  running: "At work",
  analyzed: "Analyzed",
  failed: "Failed",
  canceled: "Canceled",
};

export function isStatus(text: string | null): text is StudyStatus {
  return text !== null && text in STATUS_NAMES;
}

/** The filters as they stand in the address, so that a view can be kept or sent. */
export function useFilter(): [WorklistFilter, (filter: Partial<WorklistFilter>) => void] {
  const [params, setParams] = useSearchParams();
  const status = params.get("status");
  const filter: WorklistFilter = {
    words: params.get("q") ?? "",
    status: isStatus(status) ? status : null,
    label: TUMOR_CLASSES.find((known) => known === params.get("class")) ?? null,
  };
  const setFilter = ({ words, status: state, label }: Partial<WorklistFilter>) => {
    const next = new URLSearchParams();
    for (const [name, value] of [
      ["q", words],
      ["status", state],
      ["class", label],
    ] as const) {
      if (value) {
        next.set(name, value);
      }
    }
    setParams(next, { replace: true });
  };
  return [filter, setFilter];
}
