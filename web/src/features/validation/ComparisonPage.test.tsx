import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { AuditContent, ModelAudit, ModelSheet } from "../../queries/modelAudits.ts";
import { type Answers, showPage, stubServer } from "../../testPage.tsx";
import { bestOf, inUnit, rangeOf } from "./audit.ts";
import { ComparisonPage } from "./ComparisonPage.tsx";

const interval = (value: number, units = 30) => ({
  value,
  low: value - 0.05,
  high: value + 0.05,
  n: 60,
  units,
  few_units: units < 20,
});

function sheetOf(name: string, right: number, wrongReason: number, units = 30): ModelSheet {
  const measure = { unit: "share", how: "Counted.", better: "higher" as const };
  return {
    name,
    model_id: `${name}-id`,
    kind: "network",
    input_size: 160,
    temperature: 1.2,
    notes: [],
    measures: [
      {
        ...measure,
        section: "accuracy",
        name: "balanced accuracy",
        interval: interval(right, units),
      },
      {
        ...measure,
        section: "reasons",
        name: "right for the wrong reason",
        better: "lower",
        interval: interval(wrongReason, units),
      },
    ],
    curves: [],
    tables: [],
    flags: [
      {
        name: "answers follow a tag",
        state: "flagged",
        value: 0.8,
        threshold: 0.5,
        rule: "More than half.",
        why: "80 % of the answers follow.",
      },
    ],
  };
}

const CONTENT: AuditContent = {
  schema: "neuroscope/model-audit/1",
  data: {
    name: "test",
    pictures: 60,
    patients: 30,
    grouped_by: "patient",
    by_class: {},
    with_mask: 40,
    unreadable: [],
  },
  models: [sheetOf("evidence", 0.9, 0.1), sheetOf("ResNet-18", 0.92, 0.45)],
  comparisons: [],
  answer: ["No: the more accurate model is right for the wrong reason more often."],
  not_done: [{ part: "ablation", model: "", why: "No training data here." }],
  cautions: ["One source."],
};
const AUDIT: ModelAudit = {
  id: "a1",
  created: "2026-01-15T09:30:00Z",
  brought_by: "ann",
  content: CONTENT,
};
const ROW = {
  id: "a1",
  created: AUDIT.created,
  brought_by: "ann",
  data: "test",
  models: ["evidence"],
};

function show(answers: Answers) {
  return {
    asked: stubServer(answers),
    router: showPage(<ComparisonPage />, "/validation/models", "/validation/models"),
  };
}

it("the answer stands first, then every number with its interval and what it rests on", async () => {
  show({ "GET /api/model-audits": { audits: [ROW] }, "GET /api/model-audits/a1": AUDIT });
  const answer = await screen.findByRole("region", { name: "Answer" });
  expect(answer).toHaveTextContent(/the more accurate model is right for the wrong reason/);
  const accuracy = screen.getByRole("region", { name: "Accuracy" });
  expect(within(accuracy).getByText("92.0 %")).toBeVisible();
  expect(within(accuracy).getByText("87.0 to 97.0")).toBeVisible();
  expect(within(accuracy).getAllByText("n = 60, 30 patients")).toHaveLength(2);
  expect(screen.getByRole("figure", { name: "Accuracy against wrong reasons" })).toHaveTextContent(
    /ResNet-18: right 92.0 %/,
  );
  expect(screen.getByText(/No training data here/)).toBeVisible();
  expect(screen.getAllByText("Flagged")).toHaveLength(2);
});

it("with few patients a number is insufficient, and no model is the best", () => {
  const few = [sheetOf("evidence", 0.9, 0.1, 9), sheetOf("ResNet-18", 0.92, 0.45, 9)];
  const [measure] = few[0]?.measures ?? [];
  expect(measure && bestOf({ ...CONTENT, models: few }, measure)).toBeNull();
  const [accuracy, reasons] = CONTENT.models[0]?.measures ?? [];
  expect(accuracy && bestOf(CONTENT, accuracy)).toBeNull(); // the intervals overlap
  expect(reasons && bestOf(CONTENT, reasons)).toBe("evidence");
});

it("units are written as people read them", () => {
  expect(inUnit(0.125, "share")).toBe("12.5 %");
  expect(inUnit(4.2, "ms")).toBe("4.20 ms");
  expect(inUnit(null, "share")).toBe("–");
  expect(rangeOf({ ...interval(1), low: null }, "share")).toBe("no interval");
});

it("a file is brought and shown; what is no audit is refused with a fix", async () => {
  const { router } = show({
    "GET /api/model-audits": { audits: [] },
    "GET /api/model-audits/a1": AUDIT,
    "POST /api/model-audits": AUDIT,
  });
  expect(await screen.findByText("No audit of a model is here yet.")).toBeVisible();
  const input = document.querySelector<HTMLInputElement>("input[type=file]");
  if (!input) {
    throw new Error("no input");
  }
  await userEvent.upload(input, new File(["no"], "a.json", { type: "application/json" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(/not the JSON of an audit/);
  const file = new File([JSON.stringify(CONTENT)], "a.json", { type: "application/json" });
  await userEvent.upload(input, file);
  expect(await screen.findByRole("region", { name: "Answer" })).toBeVisible();
  expect(router.state.location.search).toBe("?audit=a1");
});
