import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { AnalysisRow, Comparison } from "../../queries/comparison.ts";
import type { ModelVersion } from "../../queries/models.ts";
import { type Answers, showPage, stubServer } from "../../testPage.tsx";
import { ComparePage } from "./ComparePage.tsx";

function versionOf(id: string, status: ModelVersion["status"]): ModelVersion {
  return {
    id,
    model: { name: "evidence", version: id, sha256: id },
    status,
    parent: null,
    displaced: null,
    created: "2026-01-15T09:30:00Z",
    is_shipped: false,
    verdict: null,
    data_manifest_sha256: null,
    annotation_head: null,
    seed: 0,
    has_canaries: false,
    metrics: [],
    config: {},
    certificate: null,
    files: {},
  };
}

function rowOf(version: string): AnalysisRow {
  return {
    id: `by-${version}`,
    created: "2026-01-15T09:30:00Z",
    finished: "2026-01-15T09:31:00Z",
    model: { name: "evidence", version, sha256: version },
    model_id: version,
    is_stale: false,
    is_trial: version === "new",
    headline: null,
  };
}

const answerOf = (label: string) => ({ label, p_class: { [label]: 0.91 }, outlier_score: null });
const COMPARISON: Comparison = {
  first: rowOf("old"),
  second: rowOf("new"),
  changed: 1,
  series: [
    {
      series_id: "a",
      axis: null,
      plane: null,
      first: null,
      second: null,
      only_one: 1,
      slices: [
        {
          index: 0,
          name: "same",
          first: answerOf("glioma"),
          second: answerOf("glioma"),
          changed: false,
          evidence_cosine: 0.95,
        },
        {
          index: 1,
          name: "other",
          first: answerOf("glioma"),
          second: answerOf("notumor"),
          changed: true,
          evidence_cosine: null,
        },
      ],
    },
  ],
};
const STUDY = {
  id: "s1",
  pseudonym: "NS-7Q2K4D",
  series: [{ id: "a", role_name: "Plain picture", kind: "slices", slices: [] }],
};

function show(analyses: readonly AnalysisRow[], more: Answers = {}) {
  const asked = stubServer({
    "GET /api/models/versions": {
      versions: [versionOf("new", "candidate"), versionOf("old", "active")],
    },
    "GET /api/studies": { studies: [STUDY], total: 1, next_cursor: null },
    "GET /api/studies/s1": STUDY,
    "GET /api/studies/s1/analyses": () => ({ analyses }),
    "GET /api/studies/s1/comparison": COMPARISON,
    ...more,
  });
  showPage(<ComparePage />, "/models/compare", "/models/compare?second=new");
  return asked;
}

it("slices on which the versions differ come first, and the active version is the first one", async () => {
  const asked = show([rowOf("new"), rowOf("old")]);
  expect(await screen.findByText("They name another class on 1 of 2 slices.")).toBeVisible();
  const series = screen.getByRole("region", { name: "Series Plain picture" });
  const [, first] = within(series).getAllByRole("row");
  expect(first).toHaveTextContent(/other.*changed.*Glioma 91 %.*No tumor 91 %/);
  expect(within(series).getByText("95 %")).toBeVisible();
  expect(within(series).getByText(/1 slice was run by one version only/)).toBeVisible();
  const query = asked.find(({ deed }) => deed.endsWith("/comparison"))?.query;
  expect([query?.get("first"), query?.get("second")]).toEqual(["by-old", "by-new"]);
});

it("a version that has not read the study is asked to, as a trial", async () => {
  const analyses = [rowOf("old")];
  const job = {
    id: "j1",
    kind: "analyze",
    state: "running",
    progress: 0.5,
    message: "Analyzing slice 1 of 3",
    updated: "2026-01-15T09:30:00Z",
  };
  const asked = show(analyses, {
    "POST /api/studies/s1/analyses": job,
    "GET /api/jobs/j1": job,
  });
  await userEvent.click(await screen.findByRole("button", { name: "Let it read" }));
  expect(await screen.findByText("Analyzing slice 1 of 3")).toBeVisible();
  await waitFor(() => {
    const trial = asked.find(({ deed }) => deed === "POST /api/studies/s1/analyses");
    expect(trial?.query.get("model_id")).toBe("new");
  });
});

it("with one version only there is nothing to compare, and the page says what to do", async () => {
  show([], { "GET /api/models/versions": { versions: [versionOf("old", "active")] } });
  expect(await screen.findByText(/There is only one version. Train another one/)).toBeVisible();
});

it("the map of a version that failed a test says so, and the other one does not", async () => {
  const passport = (outcome: string) => ({
    passports: [
      {
        target: "glioma",
        method: "evidence",
        outcome,
        sentence: "This map failed 1 of 1 tests: a little noise in the image changes it.",
        tests: [
          {
            name: "repeatability",
            claim: "A little noise in the image leaves the map as it is.",
            outcome,
            value: 0.3,
            bound: 0.6,
            rule: "at least",
            bound_from: "validation",
            interval: null,
            reason: "",
            details: {},
          },
        ],
      },
    ],
  });
  show([rowOf("new"), rowOf("old")], {
    "GET /api/studies/s1/analyses/by-old/series/a/passports": passport("passed"),
    "GET /api/studies/s1/analyses/by-new/series/a/passports": passport("failed"),
  });
  const [maps] = await screen.findAllByRole("button", { name: /maps/i });
  await userEvent.click(maps as HTMLElement);
  const failed = await screen.findByRole("region", { name: "Tests of the map by new" });
  expect(failed).toHaveTextContent(/a little noise in the image changes it.*drawn gray/);
  expect(screen.getByRole("region", { name: "Tests of the map by old" })).not.toHaveTextContent(
    "gray",
  );
});
