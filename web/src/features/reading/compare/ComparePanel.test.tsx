import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Analysis, SeriesFinding } from "../../../queries/analyses.ts";
import { theme } from "../../../theme.ts";
import { useViewer } from "../../../viewer/store.ts";
import { ComparePanel } from "./ComparePanel.tsx";

const JOB = {
  id: "j1",
  kind: "explain",
  state: "done",
  progress: 1,
  message: "",
  study_id: null,
  upload_id: null,
  analysis_id: null,
  model_id: null,
  duplicate: false,
  problem: null,
  created: "2026-01-15T09:30:00Z",
  updated: "2026-01-15T09:31:00Z",
};
const METHODS = [
  ["evidence", "Evidence map", "instant", null],
  ["gradcam", "Grad-CAM", "instant", null],
  ["rise", "RISE", "background", "torch"],
].map(([name, title, tier, missing]) => ({
  name,
  title,
  tier,
  missing,
  is_signed: true,
  is_control: false,
  meaning: "What it means.",
}));
const TEST = {
  name: "model_randomization",
  claim: "It is lost when the network forgets what it learned.",
  outcome: "failed",
  value: 0.85,
  bound: 0.3,
  rule: "at most",
  bound_from: "fixed",
  interval: null,
  reason: "",
  details: {},
};
const FAILED = {
  target: "glioma",
  method: "gradcam",
  outcome: "failed",
  sentence: "This map failed 1 of 1 tests: it looks alike when the network forgets.",
  tests: [TEST],
};
const PASSED = {
  ...FAILED,
  method: "evidence",
  outcome: "passed",
  sentence: "This map passed 1 of 1 tests.",
  tests: [{ ...TEST, outcome: "passed", value: 0.05 }],
};
const DONE = {
  method: "gradcam",
  target: "glioma",
  job: JOB,
  is_ready: true,
  seconds: 0.2,
  agreement: 0.05,
  notes: {},
  cautions: ["Coarse."],
  passport: FAILED,
  evidence_passport: PASSED,
};

/** Answer as the server would: nothing is explained until someone asks. */
function server() {
  const asked: unknown[] = [];
  const json = (body: unknown) =>
    new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
  vi.stubGlobal("fetch", async (input: Request | string, options?: RequestInit) => {
    const url = typeof input === "string" ? input : input.url;
    const method = typeof input === "string" ? (options?.method ?? "GET") : input.method;
    if (url.endsWith("/explanation-methods")) {
      return json({ methods: METHODS });
    }
    if (url.includes("/maps")) {
      const maps = new Float32Array(3 * 4);
      return new Response(maps.buffer, { headers: { "X-Shape": "3,2,2" } });
    }
    if (method === "POST") {
      asked.push(await (input as Request).json());
      return json(DONE);
    }
    return json({ explanations: asked.length > 0 ? [DONE] : [] });
  });
  return asked;
}

const FINDING = {
  series_id: "s",
  decision: null,
  slices: [{ index: 0, name: "a", label: "glioma", p_class: { glioma: 0.9 } }],
} as unknown as SeriesFinding;
const ANALYSIS = {
  id: "a1",
  evidence: { scale: { glioma: 0.5 }, unit: "logit per cell" },
} as unknown as Analysis;

beforeEach(() => useViewer.getState().open({}));
afterEach(() => vi.unstubAllGlobals());

it("a chosen method is laid beside the evidence map, with its doubts in words", async () => {
  const asked = server();
  render(
    <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
      <QueryClientProvider client={new QueryClient()}>
        <ComparePanel analysis={ANALYSIS} finding={FINDING} predicted="glioma" studyId="p" />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Compare explanations" }));
  await userEvent.click(await screen.findByRole("combobox", { name: "Method" }));
  expect(await screen.findByRole("option", { name: "RISE (needs torch)" })).toHaveAttribute(
    "data-combobox-disabled",
  );
  await userEvent.click(await screen.findByRole("option", { name: "Grad-CAM" }));
  expect(await screen.findByRole("img", { name: "Evidence map over the slice" })).toBeVisible();
  expect(screen.getByRole("img", { name: "Grad-CAM over the slice" })).toBeVisible();
  const tests = screen.getByRole("region", { name: "Tests of Grad-CAM" });
  expect(tests).toHaveTextContent(/failed 1 of 1 tests: it looks alike.*It is drawn gray/);
  expect(screen.getByRole("region", { name: "Tests of Evidence map" })).toHaveTextContent(
    "1 of 1 tests passed",
  );
  expect(screen.getByText(/Low agreement with the evidence map/)).toBeVisible();
  expect(screen.getByText(/Coarse\./)).toBeVisible();
  expect(screen.getByText(/It took less than a second/)).toBeVisible();
  expect(asked).toEqual([{ method: "gradcam", target: "glioma" }]);
});
