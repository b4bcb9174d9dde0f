import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import type { Analysis } from "../../queries/analyses.ts";
import type { Series, Study } from "../../queries/studies.ts";
import { refusal, showPage, stubServer } from "../../testPage.tsx";
import { SimilarPanel } from "./SimilarPanel.tsx";

const SEARCH = "POST /api/studies/s1/similar";
const WHY = "POST /api/studies/s1/similar/why";
const DRAWINGS = "GET /api/studies/s1/series/x/annotations";
const study = { id: "s1", series: [] } as unknown as Study;
const series = {
  id: "x",
  kind: "slices",
  slices: [{ index: 0 }, { index: 1 }],
} as unknown as Series;
const analysis = { id: "a1", finished: "2026-01-15T09:30:00Z" } as unknown as Analysis;

function neighbor(rank: number, label: string, source = "reader") {
  return {
    rank,
    case_id: `c${rank}`,
    pseudonym: rank === 1 ? "NS-ONE" : null,
    score: 1 - rank / 100,
    best_cosine: 0.9,
    kind: "slice",
    entry_id: `c${rank}/x/0/slice0`,
    query_entry_id: "s1/x/0/slice0",
    series_id: "x",
    slice_index: 0,
    name: `cut ${rank}`,
    query_name: "cut 0",
    facts: { label, label_source: source, date: "2023-04-01", source: "scanner 2" },
    compared: [
      {
        feature: "place",
        query: "upper left (0.31, 0.28)",
        match: "upper left (0.3, 0.3)",
        is_alike: true,
      },
      { feature: "volume_ml", query: 12.345, match: 40, is_alike: false },
    ],
    cautions: [],
  };
}

const FOUND = {
  model: "evidence 4",
  searched_vectors: 120,
  excluded_vectors: 0,
  predicted: "glioma",
  p_predicted: 0.8,
  vote: {
    label: "meningioma",
    shares: { meningioma: 0.9, glioma: 0.1 },
    labeled: 2,
    p_right: 0.93,
    p_right_interval: [0.9, 0.96],
    p_right_cases: 210,
  },
  is_disputed: true,
  reordered_by: [],
  same_source: 0.5,
  base_same_source: 0.4,
  neighbors: [neighbor(1, "meningioma"), neighbor(2, "meningioma"), neighbor(3, "glioma", "model")],
  judgments: [],
  cautions: ["The neighbors say meningioma, the network says glioma."],
};

beforeEach(() => {
  vi.unstubAllGlobals();
});

function show(answers: Record<string, unknown>) {
  const asked = stubServer({ [DRAWINGS]: { annotations: [], reads_blind: false }, ...answers });
  showPage(<SimilarPanel analysis={analysis} series={series} study={study} />, "/", "/");
  return asked;
}

test("the panel says what neighbors were, why they are similar, and how far to trust them", async () => {
  show({ [SEARCH]: FOUND, [WHY]: refusal(404, "The images of this case are not at hand.", "?") });
  const list = await screen.findByRole("list", { name: "Similar past cases" });
  const [first] = within(list).getAllByRole("listitem");
  const card = within(first as HTMLElement);
  expect(card.getByText(/^Meningioma/)).toBeInTheDocument();
  expect(card.getByText("Similarity 0.99 · 2023-04-01 · scanner 2")).toBeInTheDocument();
  expect(card.getByText("Alike: place in the slice")).toBeInTheDocument();
  expect(card.getByText("Differs: volume (40 ml, here 12.3 ml)")).toBeInTheDocument();
  expect(card.getByRole("link", { name: "Open NS-ONE" })).toHaveAttribute(
    "href",
    "/studies/c1?series=x",
  );
  expect(await card.findByText(/not at hand/)).toBeInTheDocument();
  expect(screen.getByText("2 of 2 named neighbors: Meningioma.")).toBeInTheDocument();
  expect(screen.getByText(/right in 93 % \(90 % to 96 %, n = 210\)/)).toBeInTheDocument();
  expect(screen.getByText(/Same source: 50 % of the neighbors, 40 % of all/)).toBeInTheDocument();
  expect(screen.getByText(/network says glioma/)).toBeInTheDocument();
  expect(screen.getByText(/not for diagnosis/)).toBeInTheDocument();
});

test("a judgment is sent with its question, and the order is asked for again", async () => {
  const asked = show({
    [SEARCH]: FOUND,
    [WHY]: refusal(404, "Not at hand.", "?"),
    "PUT /api/studies/s1/similar/judgments": { judgments: [] },
  });
  await userEvent.click(await screen.findByRole("button", { name: /^Not relevant: case 2/ }));
  const sent = asked.find(({ deed }) => deed.startsWith("PUT"));
  expect(sent?.body).toMatchObject({
    case_id: "c2",
    is_relevant: false,
    series_id: "x",
    slice_index: 0,
  });
  await vi.waitFor(() => expect(asked.filter(({ deed }) => deed === SEARCH)).toHaveLength(2));
});

test("a filter is asked with, and without an index a button makes one", async () => {
  const asked = show({
    [SEARCH]: refusal(404, "There is no index of past cases yet.", "Make one: neuroscope index"),
    "GET /api/similar/index": { state: "missing", problem: "x", fix: "y" },
    "GET /api/jobs": { jobs: [] },
    "POST /api/similar/index": {
      id: "j1",
      kind: "index",
      state: "running",
      progress: 0.25,
      updated: "2026-01-15T09:30:00Z",
    },
  });
  await userEvent.click(await screen.findByRole("button", { name: "Index the analyzed studies" }));
  expect(await screen.findByText("Past cases are being read: 25 %")).toBeInTheDocument();
  await userEvent.type(screen.getByRole("textbox", { name: "Only cases with" }), "age=40..{Enter}");
  await vi.waitFor(() =>
    expect(asked.at(-1)?.body ?? asked.findLast(({ deed }) => deed === SEARCH)?.body).toMatchObject(
      {
        filter: "age=40..",
      },
    ),
  );
});
