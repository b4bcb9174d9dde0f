import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { GridFilter } from "../../queries/validation.ts";
import { type Answers, showPage, stubServer } from "../../testPage.tsx";
import { sliceOf, slicesOf, tilesBody } from "./testSlices.ts";
import { ValidationPage } from "./ValidationPage.tsx";
import { labelOf, placeOf } from "./words.ts";

const SAID = { yours: null, versions: [], others: 0 };
const FOCUS = {
  tumor_from: "reader" as const,
  fractions: {
    tumor: 0.1,
    peritumoral: 0.05,
    brain: 0.8,
    skull: 0.05,
    border: 0,
    background: 0,
    text: 0,
  },
  enrichment: {
    tumor: 1,
    peritumoral: 0,
    brain: 0.3,
    skull: -1,
    border: null,
    background: null,
    text: null,
  },
  areas: {
    tumor: 0.02,
    peritumoral: 0.02,
    brain: 0.5,
    skull: 0.1,
    border: 0.1,
    background: 0.2,
    text: 0,
  },
  peak: "brain" as const,
  off_brain: 0.05,
  flags: ["right for the wrong reason"],
};
const ODD = sliceOf(2, {
  truth: "glioma",
  reason: "right_elsewhere",
  dominant: "brain",
  passport: "failed",
  focus: FOCUS,
});

function show(answers: Answers = {}, address = "/validation") {
  const rows = { slices: [sliceOf(1), ODD, sliceOf(3)] };
  const asked = stubServer({
    "GET /api/validation/slices": slicesOf([1, 2, 3]),
    "GET /api/validation/slices/rows": rows,
    "GET /api/validation/views": { views: [] },
    ...Object.fromEntries(
      [1, 2, 3].map((id) => [`GET /api/validation/slices/${id}/verdicts`, SAID]),
    ),
    ...answers,
  });
  const ask = globalThis.fetch;
  vi.stubGlobal("fetch", (request: Request | string, options?: RequestInit) =>
    typeof request === "string" && request.includes("/tiles")
      ? Promise.resolve(new Response(tilesBody([1, 2, 3])))
      : ask(
          typeof request === "string"
            ? new Request(new URL(request, location.href), options)
            : request,
        ),
  );
  return { asked, router: showPage(<ValidationPage />, "/validation", address) };
}

it("a slice says in one sentence what the network and readers say, and why to look closer", () => {
  expect(labelOf({ ...ODD, verdict: "artefact" })).toBe(
    "NS-7Q2K4D, cut-2, network Glioma 91 %, readers Glioma, wrong reason, map failed, you said artefact",
  );
  expect(placeOf(ODD)).toBe("/studies/s1?series=a&slice=1");
  expect(placeOf({ ...ODD, position_mm: [-31.52, 12, 24] })).toBe(
    "/studies/s1?series=a&at=-31.5,12.0,24.0",
  );
});

it("a number of the matrix shows its slices, and again all of them", async () => {
  const { asked, router } = show();
  const cell = await screen.findByRole("button", {
    name: "Readers: Meningioma, network: Glioma, 2 slices",
  });
  await userEvent.click(cell);
  expect(router.state.location.search).toBe("?truth=meningioma&predicted=glioma");
  await waitFor(() => {
    const last = asked.filter(({ deed }) => deed === "GET /api/validation/slices").at(-1);
    expect(last?.query.getAll("truth")).toEqual(["meningioma"]);
  });
  await userEvent.click(cell);
  expect(router.state.location.search).toBe("");
});

it("arrows move, and a digit is a verdict on top of what was said before", async () => {
  const yours = {
    reader: "ann",
    version: 1,
    verdict: "artefact",
    note: "",
    created: "2026-01-15T09:30:00Z",
  };
  const { asked } = show({
    "GET /api/validation/slices/2/verdicts": { ...SAID, yours, versions: [yours], others: 1 },
    "PUT /api/validation/slices/2/verdict": {
      yours: { ...yours, version: 2, verdict: "partly" },
      versions: [yours],
      others: 1,
    },
  });
  await screen.findByRole("complementary", { name: "Slice cut-1 of NS-7Q2K4D" });
  await userEvent.keyboard("{ArrowRight}");
  const detail = await screen.findByRole("complementary", { name: "Slice cut-2 of NS-7Q2K4D" });
  expect(await within(detail).findByText(/1 other reader has judged this map/)).toBeVisible();
  await userEvent.keyboard("2");
  await waitFor(() =>
    expect(asked.find(({ deed }) => deed.startsWith("PUT"))?.body).toEqual({
      verdict: "partly",
      note: "",
      parent: 1,
    }),
  );
  expect(
    await within(detail).findByRole("button", { name: /Partly/, pressed: true }),
  ).toBeVisible();
});

it("Enter opens the slice where it is read", async () => {
  const { router } = show();
  await screen.findByRole("complementary", { name: "Slice cut-1 of NS-7Q2K4D" });
  await userEvent.keyboard("{Enter}");
  await waitFor(() => expect(router.state.location.pathname).toBe("/studies/s1"));
  expect(router.state.location.search).toBe("?series=a&slice=0");
});

it("the evidence is shared out over the regions, with who outlined the tumor", async () => {
  show();
  await screen.findByRole("complementary", { name: "Slice cut-1 of NS-7Q2K4D" });
  await userEvent.keyboard("{ArrowRight}");
  const row = await screen.findByRole("row", { name: /Tumor 10 % 2.0 ×/ });
  expect(row).toBeVisible();
  expect(screen.getByText("The tumor was outlined by a reader.")).toBeVisible();
  expect(screen.getAllByText("Right for the wrong reason").length).toBeGreaterThan(0);
});

it("a view is kept under a name", async () => {
  const { asked } = show(
    {
      "POST /api/validation/views": {
        id: "v",
        name: "Unsure",
        filter: {},
        author: "",
        created: "",
      },
    },
    "/validation?to=0.6",
  );
  await userEvent.click(await screen.findByRole("button", { name: "Keep this view…" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Name of the view" }), "Unsure{Enter}");
  await waitFor(() => {
    const sent = asked.find(({ deed }) => deed === "POST /api/validation/views")?.body as {
      name: string;
      filter: GridFilter;
    };
    expect([sent.name, sent.filter.p_to]).toEqual(["Unsure", 0.6]);
  });
});

it("an empty grid says what is missing", async () => {
  show({ "GET /api/validation/slices": slicesOf([], { matrix: [] }) });
  expect(await screen.findByText("No study was analyzed yet.")).toBeVisible();
  expect(screen.getByText(/None of these slices has an answer/)).toBeVisible();
});

it("a filter that fits nothing is left with one press", async () => {
  const { router } = show(
    { "GET /api/validation/slices": slicesOf([], { all_slices: 9 }) },
    "/validation?verdict=partly",
  );
  const nothing = await screen.findByRole("region", { name: "Nothing to show" });
  await userEvent.click(within(nothing).getByRole("button", { name: "Show all slices" }));
  expect(router.state.location.search).toBe("");
});
