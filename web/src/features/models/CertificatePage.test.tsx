import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Certificate, Score } from "../../queries/certificate.ts";
import { type Answers, refusal, showPage, stubServer } from "../../testPage.tsx";
import { CertificatePage } from "./CertificatePage.tsx";

const score = (value: number): Score => ({
  value,
  low: value - 0.05,
  high: value + 0.05,
  n: 48,
  patients: 24,
});
const CERTIFICATE: Certificate = {
  schema: "neuroscope.certificate/1",
  verdict: "refuse",
  reasons: ["Flips are not lower than with classes only."],
  conditions: [
    { name: "evidence", demand: "higher than before", found: "+.290", holds: true },
    { name: "flips", demand: "lower than the controls", found: ".000", holds: false },
    { name: "pointing", demand: "not lower", found: "nothing", holds: null },
  ],
  rows: [
    {
      metric: "flips",
      name: "answers that follow the ignored part",
      unit: "1",
      better: "lower",
      before: score(0.4),
      after: score(0.2),
      control_classification: score(0.1),
      control_other_masks: score(0.2),
    },
  ],
  tests: [
    { metric: "flips", against: "before", difference: score(-0.2), p: 0.001, p_adjusted: 0.004 },
    {
      metric: "flips",
      against: "control_classification",
      difference: score(0.1),
      p: 0.02,
      p_adjusted: 0.04,
    },
  ],
  counts: [
    {
      label: "glioma",
      annotated_slices: 12,
      annotated_patients: 6,
      answer_slices: 30,
      answer_patients: 28,
    },
  ],
  negative_flips: [
    { unit: "NS-7Q2K4D", index: 4, label: "glioma", before: "glioma", after: "notumor" },
  ],
  positive_flips: 2,
  status: "feasible",
  step: 80,
  controls: { control_classification: "feasible, step 70" },
  attempt: 3,
  asked_before: 1,
  level: 0.0041666,
  unmoved: ["control_other_masks"],
  hashes: { after: "9f2c".repeat(16) },
  settings: { loss: "energy" },
  seed: 3,
  cautions: ["Few patients."],
  rule: 2,
};

function show(certificate: Certificate | Response, more: Answers = {}) {
  stubServer({
    "GET /api/models/m1/certificate": certificate,
    "GET /api/models/versions": { versions: [] },
    "GET /api/models/m1/certificate/flips": refusal(404, "None.", "None."),
    ...more,
  });
  showPage(<CertificatePage />, "/models/:modelId/certificate", "/models/m1/certificate");
}

it("the verdict stands first, with its reasons, and both downloads", async () => {
  show(CERTIFICATE);
  const verdict = await screen.findByRole("region", { name: "Verdict" });
  expect(within(verdict).getByText("Refuse")).toBeVisible();
  expect(within(verdict).getByText(/Flips are not lower/)).toBeVisible();
  expect(within(verdict).queryByText("Go to promotion")).toBeNull();
  expect(screen.getByRole("link", { name: "Download PDF" })).toHaveAttribute(
    "href",
    "/api/models/m1/certificate.pdf",
  );
  expect(screen.getByRole("link", { name: "Download JSON" })).toHaveAttribute(
    "href",
    "/api/models/m1/certificate",
  );
});

it("too few patients is no pass", async () => {
  show({ ...CERTIFICATE, verdict: "insufficient" });
  expect(await screen.findByText("Too few held-out patients to tell")).toBeVisible();
  expect(screen.getByText(/This is no pass/)).toBeVisible();
});

it("a condition holds, does not, or cannot be told", async () => {
  show(CERTIFICATE);
  const asked = await screen.findByRole("region", { name: "What the rule asks" });
  expect(within(asked).getByText("✓ yes")).toBeVisible();
  expect(within(asked).getByText("✗ no")).toBeVisible();
  expect(within(asked).getByText("? cannot tell")).toBeVisible();
});

it("fewer flips than before are better, more than a control are worse, said in words too", async () => {
  show(CERTIFICATE);
  const table = await screen.findByRole("region", { name: "What was measured" });
  expect(within(table).getByText(/^better:/).parentElement).toHaveTextContent(
    "better: −.200 (−.250 to −.150) p .004",
  );
  expect(within(table).getByText(/^worse:/).parentElement).toHaveTextContent("worse: +.100");
  expect(within(table).getByText("48 of 24")).toBeVisible();
});

it("answers that became wrong are listed where no picture was kept", async () => {
  show(CERTIFICATE);
  const flips = await screen.findByRole("region", { name: "Answers that became wrong" });
  expect(
    await within(flips).findByText(
      /Glioma of patient NS-7Q2K4D: answered Glioma before, No tumor now/,
    ),
  ).toBeVisible();
});

it("a kept picture stands with both maps", async () => {
  const flip = CERTIFICATE.negative_flips[0];
  const picture = {
    size: 1,
    cells: 1,
    picture: "AA==",
    map_before: "AAAAAA==",
    map_after: "AAAAAA==",
    tests_before: null,
    tests_after: {
      target: "notumor",
      method: "evidence",
      outcome: "failed",
      sentence: "This map failed 1 of 1 tests: a little noise in the image changes it.",
      tests: [],
    },
  };
  show(CERTIFICATE, {
    "GET /api/models/m1/certificate/flips": { flips: [{ ...flip, ...picture }] },
  });
  expect(
    await screen.findByRole("img", { name: "Evidence before for Glioma, patient NS-7Q2K4D" }),
  ).toBeVisible();
  expect(screen.getByRole("img", { name: /Evidence now for No tumor/ })).toBeVisible();
  expect(screen.queryByText(/answered Glioma before/)).toBeNull();
  expect(screen.getByRole("region", { name: /NS-7Q2K4D, now$/ })).toHaveTextContent(
    /failed 1 of 1 tests.*drawn gray/,
  );
  expect(screen.queryByRole("region", { name: /NS-7Q2K4D, before$/ })).toBeNull();
});

it("a version without a certificate says so, and leads back", async () => {
  show(refusal(404, "This version has no certificate.", "Only versions trained here have one."));
  expect(await screen.findByRole("alert")).toHaveTextContent("This version has no certificate.");
  expect(screen.getByRole("link", { name: "Open the list of models" })).toBeVisible();
});

it("says how often these patients were asked, which control stayed, and the status in words", async () => {
  show({ ...CERTIFICATE, status: "feasible, not stationary" });
  const origin = await screen.findByRole("region", { name: "How it came about" });
  expect(origin).toHaveTextContent(/Attempt 3, .* p = .0042. .* asked about 1 other network\./);
  expect(origin).toHaveTextContent(/More steps would still move the weights/);
  const table = screen.getByRole("region", { name: "What was measured" });
  expect(within(table).getAllByText("stayed the network of before")).toHaveLength(1);
});
