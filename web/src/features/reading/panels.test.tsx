import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { beforeEach, expect, it, vi } from "vitest";
import type { Job } from "../../queries/jobs.ts";
import { theme } from "../../theme.ts";
import { useViewer } from "../../viewer/store.ts";
import { EvidencePanel } from "./EvidencePanel.tsx";
import { JobNote } from "./JobNote.tsx";
import { ProbabilityPanel } from "./ProbabilityPanel.tsx";

function show(node: ReactNode) {
  render(
    <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
      <QueryClientProvider client={new QueryClient()}>{node}</QueryClientProvider>
    </MantineProvider>,
  );
}

const JOB: Job = {
  id: "j1",
  kind: "analyze",
  state: "failed",
  progress: 0.4,
  message: "",
  study_id: "s1",
  upload_id: null,
  analysis_id: null,
  model_id: null,
  duplicate: false,
  problem: { title: "The disk is full", detail: "0 bytes are left.", fix: "Delete something." },
  created: "2026-01-15T09:30:00Z",
  updated: "2026-01-15T09:31:00Z",
};

beforeEach(() => useViewer.getState().open({}));

it("the four probabilities are shown with the doubt about their calibration", () => {
  const p_class = { glioma: 0.86, meningioma: 0.1, pituitary: 0.03, notumor: 0.01 };
  const shown = { of: "slice 1", label: "glioma", p_class, outlier_score: 1.4, cautions: [] };
  show(<ProbabilityPanel shown={shown} temperature={1.3} />);
  expect(screen.getAllByRole("meter")).toHaveLength(4);
  expect(screen.getByRole("meter", { name: "Probability of Glioma" })).toHaveAttribute(
    "value",
    "0.86",
  );
  expect(screen.getByText(/temperature 1.30/)).toBeVisible();
  expect(screen.getByText(/unlike the training images/)).toBeVisible();
});

const DOUBT = {
  sets: { "80": ["glioma"], "90": ["glioma", "meningioma"], "95": ["glioma", "meningioma"] },
  p_fits: { glioma: 0.4, meningioma: 0.12, pituitary: 0.02, notumor: 0.01 },
  p_ordinary: 0.4,
  p_tests: {},
  entropy: 0.5,
  mutual_information: 0.01,
  p_tumor: 0.9,
  tumor_threshold: 0.3,
  sensitivity: 0.95,
  abstains: [] as string[],
  not_assessed: "",
};
const ANSWERED = {
  of: "slice 1",
  label: "glioma",
  p_class: { glioma: 0.86, meningioma: 0.1, pituitary: 0.03, notumor: 0.01 },
  outlier_score: 0.2,
  cautions: [],
};

it("the classes that cannot be excluded stand under the answer", () => {
  show(<ProbabilityPanel shown={{ ...ANSWERED, doubt: DOUBT }} temperature={1} />);
  expect(screen.getByText("At 90 % confidence: glioma or meningioma.")).toBeVisible();
  expect(screen.getByText(/Above the threshold/)).toBeVisible();
});

it("an abstention says why and what to do, and keeps the numbers below", () => {
  const doubt = { ...DOUBT, abstains: ["This slice may be upside down; turn it."] };
  show(<ProbabilityPanel shown={{ ...ANSWERED, doubt }} temperature={1} />);
  expect(screen.getByText("No answer")).toBeVisible();
  expect(screen.getByText(/upside down; turn it/)).toBeVisible();
  expect(screen.queryByText(/At 90 % confidence:/)).toBeNull();
  expect(screen.getAllByRole("meter")).toHaveLength(4);
});

it("an answer of other weights says that its doubt was not assessed", () => {
  show(<ProbabilityPanel shown={{ ...ANSWERED, doubt: null }} temperature={1} />);
  expect(screen.getByText(/was not assessed for these weights/)).toBeVisible();
});

const SCALE = { glioma: 0.5, meningioma: 0.4, pituitary: 0.6, notumor: 0.2 };

it("choosing a class asks for its evidence and shows the scale of that class", async () => {
  show(
    <EvidencePanel
      gap={4e-7}
      isLoading={false}
      passport={null}
      predicted="glioma"
      scale={SCALE}
      unit="logit per cell"
    />,
  );
  expect(screen.getByText("+0.5")).toBeVisible();
  expect(screen.getByText(/error 4e-7 logit/)).toBeVisible();
  await userEvent.click(screen.getByRole("radio", { name: "No tumor" }));
  expect(useViewer.getState().target).toBe("notumor");
  expect(screen.getByText("+0.2")).toBeVisible();
});

it("a map that does not add up is denounced", () => {
  show(
    <EvidencePanel
      gap={0.3}
      isLoading={false}
      passport={null}
      predicted="glioma"
      scale={SCALE}
      unit="logit per cell"
    />,
  );
  expect(screen.getByText(/Check failed/)).toBeVisible();
});

it("a failed analysis says why, how to mend it, and tries again", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname}`);
    return Promise.resolve(Response.json({ ...JOB, state: "queued", problem: null }));
  });
  show(<JobNote isAnalyzed={false} job={JOB} studyId="s1" />);
  expect(screen.getByText("0 bytes are left.")).toBeVisible();
  expect(screen.getByText("Delete something.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("Waiting for its turn")).toBeVisible();
  expect(asked).toContain("POST /api/jobs/j1/retry");
});

it("a study without an analysis offers one", () => {
  show(<JobNote isAnalyzed={false} job={null} studyId="s1" />);
  expect(screen.getByRole("button", { name: "Analyze it" })).toBeEnabled();
});
