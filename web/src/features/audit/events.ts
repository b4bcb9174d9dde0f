/** What the events of the trail say, in words. */

import type { AuditEvent } from "../../queries/audit.ts";

const DEEDS: Readonly<Record<string, string>> = {
  "annotation.create": "drew an annotation",
  "annotation.edit": "changed an annotation",
  "annotation.delete": "took an annotation away",
  "annotation.conflict": "saved too late: both versions are kept",
  "assignment.create": "gave a series to a reader",
  "assignment.withdraw": "took an assignment back",
  "review.submit": "handed a reading in",
  "label.set": "said what a slice shows",
  "verdict.set": "judged a map",
  "view.save": "kept a view of the grid",
  "view.delete": "forgot a view of the grid",
  "modelaudit.import": "brought an audit of models",
  "similar.judge": "judged a similar case",
  "training.start": "started a training",
  "training.finish": "ended a training",
  "model.register": "registered a model",
  "model.promote": "made a model the active one",
  "model.rollback": "went back to an earlier model",
  "model.reject": "put a model aside",
  "model.retire": "retired a shipped model",
  "report.write": "wrote a report",
  "study.tumor": "said what the tumor is",
  "study.mask": "gave a segmentation",
  "study.mask_refused": "could not use a segmentation that was given",
  "study.unmask": "went back to the segmentation of the network",
  "study.delete": "deleted a study",
};

const NOUNS: Readonly<Record<string, string>> = {
  annotation: "Annotations: all",
  assignment: "Assignments: all",
  training: "Trainings: all",
  model: "Models: all",
};

/** What one can ask for: all of a kind, or one deed. */
export const DEED_CHOICES: readonly { readonly value: string; readonly label: string }[] = [
  ...Object.entries(NOUNS).map(([value, label]) => ({ value, label })),
  ...Object.entries(DEEDS).map(([value, label]) => ({
    value,
    label: label.charAt(0).toUpperCase() + label.slice(1),
  })),
];

const KINDS: Readonly<Record<string, string>> = {
  evidence: "look here",
  not_evidence: "ignore this",
  tumor: "tumor",
  note: "note",
};

/** What was done; an action that the page does not know yet is shown as it is. */
export function deedOf({ action }: Pick<AuditEvent, "action">): string {
  return DEEDS[action] ?? action;
}

function text(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

export function factsOf({ payload }: Pick<AuditEvent, "payload">): Record<string, unknown> {
  try {
    const facts: unknown = JSON.parse(payload);
    return typeof facts === "object" && facts !== null ? { ...facts } : {};
  } catch {
    return {}; // a damaged event is still an event: it is shown as it stands
  }
}

/** The one or two facts that tell events of a kind apart. */
export function gistOf(event: Pick<AuditEvent, "action" | "payload">): string {
  const facts = factsOf(event);
  const [noun] = event.action.split(".");
  if (noun === "annotation") {
    const kind = text(facts.kind);
    return [kind && (KINDS[kind] ?? kind), facts.version ? `version ${text(facts.version)}` : null]
      .filter(Boolean)
      .join(", ");
  }
  if (noun === "model") {
    return [
      text(facts.name),
      text(facts.version),
      facts.verdict ? `“${text(facts.verdict)}”` : null,
    ]
      .filter(Boolean)
      .join(" ");
  }
  if (event.action === "assignment.create") {
    return facts.blind ? "blind" : "not blind";
  }
  return text(facts.label) ?? "";
}

/** The study an event belongs to, if it names one that may still be here. */
export function studyOf(event: Pick<AuditEvent, "payload">): string | null {
  return text(factsOf(event).study_id);
}

/** Seconds are enough to read; the whole time stands in the title. */
export function clockOf(event: Pick<AuditEvent, "ts_utc">): string {
  return event.ts_utc.slice(0, 19).replace("T", " ");
}
