import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Schemas } from "../../client/api.ts";
import type { ModelVersion } from "../../queries/models.ts";
import { type Answers, refusal, showPage, stubServer } from "../../testPage.tsx";
import { ModelsPage } from "./ModelsPage.tsx";

const SHIPPED: ModelVersion = {
  id: "shipped-1",
  model: { name: "evidence", version: "0.1.0", sha256: "efbb".repeat(16) },
  status: "active",
  parent: null,
  displaced: null,
  created: "2026-01-10T09:30:00Z",
  is_shipped: true,
  verdict: null,
  data_manifest_sha256: null,
  annotation_head: null,
  seed: null,
  has_canaries: false,
  metrics: [],
  config: {},
  certificate: null,
  files: {},
};
const TRAINED: ModelVersion = {
  ...SHIPPED,
  id: "m1",
  model: { name: "evidence", version: "0.1.0+r1", sha256: "9f2c".repeat(16) },
  status: "candidate",
  parent: "shipped-1",
  is_shipped: false,
  verdict: "promote",
  seed: 7,
  config: { loss: "energy" },
  certificate: { verdict: "promote" },
};
const JOB: Schemas["JobOut"] = {
  id: "j1",
  kind: "promote",
  state: "running",
  progress: 0.5,
  message: "Asking the test images",
  study_id: null,
  upload_id: null,
  analysis_id: null,
  problem: null,
  model_id: "m1",
  duplicate: false,
  created: "2026-01-15T09:30:00Z",
  updated: "2026-01-15T09:30:00Z",
};

function show(versions: readonly ModelVersion[], more: Answers = {}, address = "/models") {
  const asked = stubServer({
    "GET /api/models/versions": { versions },
    "GET /api/models": [],
    "GET /api/models/stale": { results: [] },
    "GET /api/jobs": { jobs: [] },
    ...more,
  });
  return { asked, router: showPage(<ModelsPage />, "/models", address) };
}

it("opens at the active version, and says what each certificate concludes", async () => {
  show([TRAINED, { ...TRAINED, id: "m2", verdict: "insufficient" }, SHIPPED]);
  const detail = await screen.findByRole("complementary", { name: "Version 0.1.0" });
  expect(within(detail).getByText("Active, came with the package")).toBeVisible();
  const table = screen.getByRole("region", { name: "Evidence network (class of a slice)" });
  expect(within(table).getByText("Promote")).toBeVisible();
  expect(within(table).getByText("Too few cases")).toBeVisible();
});

it("a version tells its lineage, seed and settings", async () => {
  show([TRAINED, SHIPPED], {}, "/models?version=m1");
  const line = await screen.findByRole("region", { name: "Where it comes from" });
  expect(
    within(line)
      .getAllByRole("listitem")
      .map(({ textContent }) => textContent?.split(" ")[0]),
  ).toEqual(["0.1.0", "0.1.0+r1"]);
  expect(screen.getByText("7")).toBeVisible();
  expect(screen.getByRole("link", { name: "Read the certificate" })).toHaveAttribute(
    "href",
    "/models/m1/certificate",
  );
});

it("promotes only after a confirmation, which starts at the safe answer", async () => {
  const jobs: Schemas["JobOut"][] = [];
  const { asked } = show(
    [TRAINED, SHIPPED],
    {
      "POST /api/models/versions/m1/promote": () => {
        jobs.push(JOB);
        return JOB;
      },
      "GET /api/jobs": () => ({ jobs }),
      "GET /api/jobs/j1": JOB,
    },
    "/models?version=m1",
  );
  const promote = await screen.findByRole("button", { name: "Promote…" });
  await userEvent.click(promote);
  const dialog = await screen.findByRole("dialog", { name: /Make evidence 0.1.0\+r1 the active/ });
  await waitFor(() =>
    expect(within(dialog).getByRole("button", { name: "Leave it as it is" })).toHaveFocus(),
  );
  expect(asked.some(({ deed }) => deed.startsWith("POST"))).toBe(false);
  await userEvent.click(within(dialog).getByRole("button", { name: "Promote it" }));
  expect(await screen.findByText("Asking the test images")).toBeVisible();
  expect(asked.filter(({ deed }) => deed.startsWith("POST"))).toHaveLength(1);
});

it("a version that may not be promoted says why and offers no button", async () => {
  show([{ ...TRAINED, verdict: "refuse", status: "rejected" }, SHIPPED], {}, "/models?version=m1");
  expect(await screen.findByText(/Cannot be promoted: Its certificate refuses it/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Promote…" })).toBeNull();
});

it("a retrained segmenter shows what locked studies say of it", async () => {
  const change = { value: 0.04, low: 0.02, high: 0.06 };
  const row = { of: "edited", region: "WT", n: 24, before: 0.7, after: 0.74, control: 0.7, change };
  const segmenter: ModelVersion = {
    ...TRAINED,
    model: { ...TRAINED.model, name: "segmenter" },
    certificate: { verdict: "promote", reasons: ["WT on edited studies rose."], rows: [row] },
  };
  show([segmenter, SHIPPED], {}, "/models?version=m1");
  expect(await screen.findByText("WT on edited studies rose.")).toBeVisible();
  const table = screen.getByRole("table", { name: "Edited by readers, kept apart" });
  const told = within(table).getByRole("row", { name: /^Whole tumor/ });
  expect(told).toHaveTextContent("Whole tumor24.700.740.700.040 (.020 to .060)");
  expect(screen.queryByRole("link", { name: "Read the certificate" })).toBeNull();
});

it("one goes back by name, and a refusal is told in the dialog", async () => {
  const versions: ModelVersion[] = [
    { ...TRAINED, status: "active", displaced: "shipped-1" },
    { ...SHIPPED, status: "retired" },
  ];
  show(versions, {
    "POST /api/models/versions/m1/rollback": refusal(
      409,
      "Another version was promoted meanwhile.",
      "Look at the list of models again.",
    ),
  });
  await userEvent.click(await screen.findByRole("button", { name: "Go back to 0.1.0…" }));
  await userEvent.click(await screen.findByRole("button", { name: "Go back" }));
  const dialog = await screen.findByRole("dialog", { name: "Go back to 0.1.0?" });
  expect(await within(dialog).findByRole("alert")).toHaveTextContent(
    "Another version was promoted",
  );
});

it("a promotion that failed is still told after the page was loaded anew", async () => {
  const failed = {
    ...JOB,
    state: "failed",
    problem: {
      title: "The active model stays as it was",
      detail: "The disk is full.",
      fix: "Make room.",
    },
  };
  show([TRAINED, SHIPPED], { "GET /api/jobs": { jobs: [failed] }, "GET /api/jobs/j1": failed });
  const note = await screen.findByRole("region", { name: "Promotion of 0.1.0+r1" });
  expect(within(note).getByText("The active model stays as it was")).toBeVisible();
  expect(within(note).getByRole("button", { name: "Try again" })).toBeEnabled();
});

it("older answers are counted, named, and made anew on demand", async () => {
  const { asked } = show([TRAINED, SHIPPED], {
    "GET /api/models/stale": {
      results: [{ study_id: "s1", analysis_id: "a1", model: SHIPPED.model }],
    },
    "POST /api/models/stale/recompute": { name: "evidence", jobs: [] },
  });
  expect(await screen.findByText(/1 study was last read by a version/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Analyze all again" }));
  expect(await screen.findByRole("button", { name: "Asked for" })).toBeDisabled();
  expect(asked.map(({ deed }) => deed)).toContain("POST /api/models/stale/recompute");
});

it("a server without models says what to do", async () => {
  show([]);
  expect(await screen.findByText(/No model is noted yet/)).toBeVisible();
});

it("raises an alarm where confirmed answers fall out of the sets", async () => {
  const held = { level: "90", asked: 30, missed: 2, promised: 0.1, p: 0.8, evidence: 0.5 };
  const coverage = (verdict: string) => ({
    levels: [{ ...held, verdict }],
    disputed: 1,
    without_sets: 0,
  });
  show([SHIPPED], { "GET /api/models/coverage": coverage("alarm") });
  const note = await screen.findByRole("region", { name: "Does the confidence hold here?" });
  expect(within(note).getByText(/missed for 2 of 30 patients/)).toBeVisible();
  expect(
    within(note).getByText(/1 picture that readers name differently is left out/),
  ).toBeVisible();
});
