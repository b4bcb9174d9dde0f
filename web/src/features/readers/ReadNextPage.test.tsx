import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import { useReader } from "../../queries/reader.ts";
import type { Agreement, Assignment, Queue } from "../../queries/readers.ts";
import { type Answers, refusal, showPage, stubServer } from "../../testPage.tsx";
import { ReadNextPage } from "./ReadNextPage.tsx";

const QUEUE: Queue = {
  slices: [
    {
      study_id: "s1",
      pseudonym: "NS-7Q2K4D",
      series_id: "a",
      index: 3,
      name: "axial 31",
      axis: null,
      plane: null,
      position_mm: null,
      analysis_id: "x",
      rule: "suspicious",
      reason: "38% of the evidence for glioma lies outside the head.",
      label: "glioma",
      p_class: { glioma: 0.91 },
    },
  ],
  model: null,
  every_random: 10,
  candidates: 40,
  annotated: 3,
  unlike: 1,
  to_analyze_again: [],
};
const FOUND = { value: 0.7, low: 0.61, high: 0.79, n: 6, patients: 2, few_patients: true };
const AGREEMENT: Agreement = {
  kind: "tumor",
  series: 2,
  hidden: 1,
  all_readers: { dice: FOUND, iou: FOUND, hd95_mm: null, one_sided: 1 },
  kappa: { ...FOUND, value: 0.26 },
  pairs: [],
  weights: { ann: 0.7 },
  labels: null,
};
const OPEN: Assignment = {
  study_id: "s1",
  series_id: "a",
  reader: "ann",
  blind: true,
  assigned_by: "lead",
  created: "2026-01-15T09:30:00Z",
  submitted: null,
  annotations: null,
};
const STUDY = { id: "s1", pseudonym: "NS-7Q2K4D", series: [{ id: "a", role_name: "T1 contrast" }] };

function show(tab: string, answers: Answers) {
  const asked = stubServer({
    "GET /api/studies": { studies: [STUDY], total: 1, next_cursor: null },
    "GET /api/studies/s1": STUDY,
    ...answers,
  });
  return { asked, router: showPage(<ReadNextPage />, "/next", `/next?tab=${tab}`) };
}

beforeEach(() => useReader.setState({ name: "" }));

it("every slice of the queue says why, and opens where it is", async () => {
  show("queue", { "GET /api/queue": QUEUE });
  const link = await screen.findByRole("link", { name: "NS-7Q2K4D, axial 31" });
  expect(link).toHaveAttribute("href", "/studies/s1?series=a&slice=3");
  expect(screen.getByText(/38% of the evidence for glioma/)).toBeVisible();
  expect(
    screen.getByText(/Chosen from 40 slices.*3 annotated slices, 1 slice unlike/),
  ).toBeVisible();
});

it("studies of an older model are analyzed again on demand", async () => {
  const { asked } = show("queue", {
    "GET /api/queue": { ...QUEUE, slices: [], to_analyze_again: ["s1"] },
    "POST /api/studies/s1/analyses": { id: "j" },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Analyze again" }));
  expect(await screen.findByRole("button", { name: "Asked for" })).toBeDisabled();
  expect(asked.map(({ deed }) => deed)).toContain("POST /api/studies/s1/analyses");
});

it("an empty queue says what is missing", async () => {
  show("queue", { "GET /api/queue": { ...QUEUE, slices: [], annotated: 0 } });
  expect(await screen.findByText(/There is no analyzed slice to annotate/)).toBeVisible();
});

it("a reading is handed in by its reader, after a confirmation", async () => {
  useReader.setState({ name: "ann" });
  const { asked } = show("readings", {
    "GET /api/assignments": { assignments: [OPEN, { ...OPEN, reader: "bob" }] },
    "POST /api/studies/s1/series/a/assignments/submit": OPEN,
  });
  const mine = await screen.findByRole("region", { name: "Open readings of ann" });
  expect(within(mine).getByText("blind")).toBeVisible();
  await userEvent.click(
    await within(mine).findByRole("button", { name: "Hand in NS-7Q2K4D, T1 contrast" }),
  );
  const dialog = await screen.findByRole("dialog");
  expect(asked.some(({ deed }) => deed.startsWith("POST"))).toBe(false);
  await userEvent.click(within(dialog).getByRole("button", { name: "Hand it in" }));
  await waitFor(() =>
    expect(asked.map(({ deed }) => deed)).toContain(
      "POST /api/studies/s1/series/a/assignments/submit",
    ),
  );
});

it("a series is given to a reader, blind unless one says otherwise", async () => {
  const { asked } = show("readings", {
    "GET /api/assignments": { assignments: [] },
    "POST /api/studies/s1/series/a/assignments": OPEN,
  });
  await screen.findByRole("option", { name: "NS-7Q2K4D" });
  await userEvent.selectOptions(screen.getByLabelText("Study"), "NS-7Q2K4D");
  await userEvent.type(await screen.findByLabelText(/^Reader/), "ann");
  await userEvent.click(screen.getByRole("button", { name: "Give it to them" }));
  expect(await screen.findByText("Given to ann.")).toBeVisible();
  const sent = asked.find(({ deed }) => deed.endsWith("/assignments") && deed.startsWith("POST"));
  expect(sent?.body).toEqual({ reader: "ann", blind: true });
});

it("agreement stands with its interval, and says when it decides nothing", async () => {
  show("agreement", {
    "GET /api/readers/agreement": AGREEMENT,
    "GET /api/readers/disagreements": { kind: "tumor", hidden: 1, disputes: [] },
  });
  expect((await screen.findAllByText(".70 (.61 to .79)"))[0]).toBeVisible();
  expect(screen.getByText(/Fewer than 20 patients/)).toBeVisible();
  expect(screen.getByText(/1 series is left out while you read it blind/)).toBeVisible();
  expect(screen.getByText(/fair, within what anybody marked/)).toBeVisible();
});

it("answers are compared beyond chance, and a kappa that cannot be told is no zero", async () => {
  const pair = { readers: ["ann", "bob"] as [string, string], same: 1 };
  show("agreement", {
    "GET /api/readers/agreement": {
      ...AGREEMENT,
      labels: { alpha: FOUND, pairs: [{ ...pair, kappa: { ...FOUND, value: null } }] },
    },
    "GET /api/readers/disagreements": { kind: "tumor", hidden: 0, disputes: [] },
  });
  const panel = await screen.findByRole("region", { name: /agree on what images show/ });
  expect(within(panel).getByText(/nothing to tell from chance/)).toBeVisible();
  expect(within(panel).getByText("100 %")).toBeVisible();
});

it("without two readers on a series the page says how to get there", async () => {
  show("agreement", {
    "GET /api/readers/agreement": { ...AGREEMENT, all_readers: null, kappa: null, hidden: 0 },
    "GET /api/readers/disagreements": { kind: "tumor", hidden: 0, disputes: [] },
  });
  expect(
    await screen.findByText(/No two readers have marked tumor on the same series/),
  ).toBeVisible();
});

it("what the server refuses is told with its fix", async () => {
  show("queue", { "GET /api/queue": refusal(503, "The database is locked.", "Wait a minute.") });
  expect(await screen.findByRole("alert")).toHaveTextContent(/database is locked.*Wait a minute/);
});
