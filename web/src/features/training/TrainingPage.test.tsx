import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import type { Schemas } from "../../client/api.ts";
import type { TrainingChoices, TrainingPoint, TrainingRun } from "../../queries/training.ts";
import { type Answers, refusal, showPage, stubServer } from "../../testPage.tsx";
import { TrainingPage } from "./TrainingPage.tsx";

// Curves are drawn on a canvas, which this DOM has not; their numbers stand below as a table.
vi.mock("uplot", () => ({
  default: class {
    readonly cursor = { idx: 0 };
    readonly height = 100;
    setData() {}
    setLegend() {}
    setSize() {}
    destroy() {}
  },
}));

/** The server's side of live lines, by address. */
class Line extends EventTarget {
  static readonly open: Line[] = [];
  readonly url: string;
  isClosed = false;
  constructor(url: string) {
    super();
    this.url = url;
    Line.open.push(this);
  }
  close() {
    this.isClosed = true;
  }
  say(news: Partial<Schemas["LiveOut"]>) {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(news) }));
  }
}

const CHOICES: TrainingChoices = {
  available: true,
  problem: null,
  annotated: { slices: 12, patients: 5, by_class: { glioma: 12 } },
  held_out: { slices: 4, patients: 2, by_class: { glioma: 4 } },
  replay: [{ source: "own", about: "Slices of this store.", slices: 31 }],
  slices: [
    {
      study_id: "s1",
      pseudonym: "NS-7Q2K4D",
      series_id: "a",
      name: "axial 40",
      plane: null,
      index: 0,
      label: "glioma",
      left_out: null,
      annotation_ids: ["n1"],
      readers: ["ann"],
      is_stale: false,
      is_locked: false,
    },
  ],
  losses: [{ name: "energy", about: "Evidence lies where it was marked." }],
  tiers: [{ name: "last", about: "The last block, too." }],
  defaults: {
    loss: "energy",
    tier: "last",
    epsilon: 0.05,
    steps: 90,
    seed: 0,
    polish: null,
    swap_ignored: false,
  },
  cautions: ["2 annotated slices are left out."],
};

const POINT: TrainingPoint = {
  step: 0,
  loss: 0.9,
  held_out_loss: null,
  cross_entropy: { glioma: 0.2 },
  violation: { glioma: -0.05 },
  held_out_violation: {},
  multipliers: { glioma: 0 },
  penalty: 1,
  energy: 0.412,
  held_out_energy: null,
  held_out_accuracy: 0.93,
  feasible: true,
};

const RUN: TrainingRun = {
  id: "r1",
  name: "First",
  group_id: null,
  state: "running",
  progress: 0.1,
  message: "Step 10 of 90",
  problem: null,
  attempt: 1,
  actor: "Dr. Müller",
  created: "2026-01-15T09:30:00Z",
  updated: "2026-01-15T09:30:00Z",
  config: CHOICES.defaults,
  annotation_ids: null,
  annotation_head: null,
  manifest: null,
  cautions: [],
  points: [POINT],
  outcome: null,
  model_id: null,
  verdict: null,
  tracking: null,
  has_previews: false,
};

function show(runs: readonly TrainingRun[], more: Answers = {}, address = "/training") {
  const asked = stubServer({
    "GET /api/training/choices": CHOICES,
    "GET /api/training": () => ({ runs }),
    "GET /api/training/r1/previews": refusal(404, "None yet.", "Wait."),
    ...more,
  });
  return { asked, router: showPage(<TrainingPage />, "/training", address) };
}

beforeEach(() => {
  Line.open.length = 0;
  vi.stubGlobal("WebSocket", Line);
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
});

it("says what there is to learn from, what is kept and what is replayed", async () => {
  show([]);
  const panel = await screen.findByRole("region", { name: "What there is to learn from" });
  const all = within(panel).getByText("All").closest("tr") as HTMLElement;
  expect(within(all).getByText("12")).toBeVisible();
  expect(within(all).getByText("4")).toBeVisible();
  expect(within(panel).getByText("31")).toBeVisible();
  expect(within(panel).getByText("2 annotated slices are left out.")).toBeVisible();
  expect(screen.getByText(/No training yet/)).toBeVisible();
});

it("with nothing annotated the page says what to do first, and nothing can be started", async () => {
  const none = { slices: 0, patients: 0, by_class: {} };
  show([], { "GET /api/training/choices": { ...CHOICES, annotated: none, slices: [] } });
  expect(await screen.findByText("Nothing is annotated yet.")).toBeVisible();
  const main = screen.getByRole("main");
  expect(within(main).getByRole("link", { name: "Read next" })).toHaveAttribute("href", "/next");
  expect(screen.getByRole("button", { name: "Start the training" })).toBeDisabled();
  expect(screen.getByText("Nothing is annotated yet that can be learned from.")).toBeVisible();
});

it("where nothing can be trained, the reason and the way out stand in the place of the button", async () => {
  const problem = { problem: "Training needs torch.", fix: "Run in your clone: `make setup`" };
  show([], { "GET /api/training/choices": { ...CHOICES, available: false, problem } });
  expect(await screen.findByRole("alert")).toHaveTextContent(/needs torch.*make setup/);
  expect(screen.getByRole("button", { name: "Start the training" })).toBeDisabled();
});

it("starts with the usual settings, and opens the training that came of it", async () => {
  const runs: TrainingRun[] = [];
  const { asked, router } = show(runs, {
    "POST /api/training": () => {
      runs.push(RUN);
      return { runs };
    },
  });
  await userEvent.type(await screen.findByLabelText("Name"), "First");
  await userEvent.click(screen.getByRole("button", { name: "Start the training" }));
  await waitFor(() => expect(router.state.location.search).toBe("?run=r1"));
  expect(asked.find(({ deed }) => deed === "POST /api/training")?.body).toEqual({
    ...CHOICES.defaults,
    name: "First",
  });
  expect(await screen.findByText("Step 10 of 90")).toBeVisible();
});

it("several bounds are one request, and one button that says how many", async () => {
  const { asked } = show([], { "POST /api/training": { runs: [RUN] } });
  await userEvent.click(await screen.findByLabelText("Try several bounds and compare them"));
  await userEvent.click(screen.getByRole("button", { name: "Start 4 trainings" }));
  await waitFor(() =>
    expect(asked.find(({ deed }) => deed === "POST /api/training")?.body).toMatchObject({
      epsilons: [0.02, 0.05, 0.1, 0.3],
    }),
  );
});

it("a refused start says why", async () => {
  show([], { "POST /api/training": refusal(409, "A training waits already.", "Wait for it.") });
  await userEvent.click(await screen.findByRole("button", { name: "Start the training" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("A training waits already.");
});

it("the live line moves progress and curves, and is closed when the page is left", async () => {
  show([RUN]);
  await screen.findByText("Step 10 of 90");
  const line = Line.open.at(-1) as Line;
  expect(line.url).toMatch(/^ws.*\/api\/training\/r1\/live$/);
  act(() => {
    line.say({ kind: "progress", progress: 0.5, message: "Step 40 of 90" });
    line.say({ kind: "point", point: { ...POINT, step: 40, energy: 0.777 } });
    line.say({ kind: "point", point: { ...POINT, step: 40, energy: 0.777 } });
  });
  expect(await screen.findByText("Step 40 of 90")).toBeVisible();
  const chart = screen.getByRole("figure", { name: "Evidence where you marked" });
  expect(within(chart).getAllByText("0.777")).toHaveLength(1);
  expect(screen.getByText("0.412 → 0.777")).toBeVisible();
  act(() => line.say({ kind: "run", run: { ...RUN, state: "done" } }));
  await waitFor(() => expect(line.isClosed).toBe(true));
});

it("maps are looked for while a training runs, although nothing tells of them", async () => {
  const map = { picture: "AA==", before: "AAAAAA==", now: "AAAAAA==", size: 1, cells: 1 };
  const marks = { evidence: "AA==", not_evidence: "AA==" };
  const failed = {
    target: "glioma",
    method: "evidence",
    outcome: "failed",
    sentence: "This map failed 1 of 1 tests: a little noise in the image changes it.",
    tests: [],
  };
  const tests = { tests_before: failed, tests_now: null };
  show([RUN], {
    "GET /api/training/r1/previews": {
      step: 2,
      scale: 1,
      hidden: 0,
      previews: [{ name: "NS-7Q2K4D, axial 40", label: "glioma", ...map, ...marks, ...tests }],
    },
  });
  expect(
    await screen.findByRole("img", { name: "Evidence for Glioma on NS-7Q2K4D, axial 40, now" }),
  ).toBeVisible();
  expect(screen.getByText("Maps are tested when the training has ended.")).toBeVisible();
  const before = screen.getByRole("region", { name: /axial 40, before$/ });
  expect(before).toHaveTextContent(/failed 1 of 1 tests.*drawn gray/);
});

it("a stopped training keeps what it learned and can go on", async () => {
  const stopped: TrainingRun = { ...RUN, state: "canceled" };
  const { asked } = show([stopped], {
    "POST /api/training/r1/resume": { ...RUN, state: "queued" },
  });
  expect(await screen.findByText(/What it had learned is kept/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Go on" }));
  await waitFor(() =>
    expect(asked.map(({ deed }) => deed)).toContain("POST /api/training/r1/resume"),
  );
});

it("a training that kept no bound says what that means, and offers nothing to promote", async () => {
  const outcome = {
    status: "infeasible",
    step: 0,
    weights_sha256: "",
    manifest_sha256: "",
    kkt_residual: null,
    seconds: 61,
    threads: 2,
  };
  show([{ ...RUN, state: "done", outcome }]);
  expect(await screen.findByText(/No step kept the bound of every class/)).toBeVisible();
  expect(screen.queryByRole("link", { name: "Read the certificate" })).toBeNull();
});

it("two trainings that are ticked stand on the same axes", async () => {
  const other = { ...RUN, id: "r2", name: "Second", state: "done" } as const;
  const { router } = show([other, { ...RUN, state: "done" }]);
  await userEvent.click(await screen.findByRole("checkbox", { name: /Compare Second/ }));
  await userEvent.click(screen.getByRole("checkbox", { name: /Compare First/ }));
  expect(router.state.location.search).toBe("?run=r2&compare=r2&compare=r1");
  const region = await screen.findByRole("region", { name: "Comparison" });
  const chart = within(region).getByRole("figure", { name: "Right answers" });
  expect(
    within(chart)
      .getAllByRole("columnheader", { hidden: true })
      .map((one) => one.textContent),
  ).toEqual(["Step", "Second (energy, ε 0.05, seed 0)", "First (energy, ε 0.05, seed 0)"]);
});
