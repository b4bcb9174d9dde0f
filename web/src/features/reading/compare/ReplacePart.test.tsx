import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { theme } from "../../../theme.ts";
import { ReplacePart } from "./ReplacePart.tsx";

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
const DONE = {
  region: "map",
  target: "glioma",
  job: JOB,
  is_ready: true,
  outlined_by: "map",
  before: 3,
  after: 0.5,
  drop: 2.5,
  sham_drops: [0.25],
  effect: 2.25,
  p_value: 0.5,
  has_sham: true,
  seconds: 1,
};
const NOBODY = {
  ...DONE,
  region: "tumor",
  is_ready: false,
  outlined_by: null,
  before: null,
  after: null,
  drop: null,
  sham_drops: [],
  job: {
    ...JOB,
    id: "j0",
    state: "failed",
    problem: { title: "Bad input", detail: "Nobody has outlined a tumor.", fix: "Outline it." },
  },
};

/** Answer as the server would: no tumor is outlined; the place of the map can be replaced. */
function server() {
  const asked: { region: string }[] = [];
  const json = (body: unknown) =>
    new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
  const found = (region: string) => (region === "map" ? DONE : NOBODY);
  vi.stubGlobal("fetch", async (input: Request | string) => {
    const url = typeof input === "string" ? input : input.url;
    if (url.includes("/pictures")) {
      return new Response(new Float32Array(4 * 4).buffer, { headers: { "X-Shape": "4,2,2" } });
    }
    if (typeof input !== "string" && input.method === "POST") {
      asked.push(await input.json());
      return json(found(asked.at(-1)?.region ?? ""));
    }
    return json({ target: "glioma", replacements: asked.map(({ region }) => found(region)) });
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

it("without an outline it says what to do; the place of the map is replaced and told", async () => {
  const asked = server();
  render(
    <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
      <QueryClientProvider client={new QueryClient()}>
        <ReplacePart
          asked={{ studyId: "p", analysisId: "a", seriesId: "s", index: 0 }}
          firstTarget="glioma"
          name="slice 1"
        />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await userEvent.click(await screen.findByRole("button", { name: "Replace it" }));
  expect(await screen.findByText(/Nobody has outlined a tumor/)).toBeVisible();
  expect(screen.getByText(/Outline it\./)).toBeVisible();

  await userEvent.click(screen.getByRole("radio", { name: "Where the map points" }));
  await userEvent.click(await screen.findByRole("button", { name: "Replace it" }));
  expect(await screen.findByText(/falls from \+3\.00 to \+0\.50, further than/)).toBeVisible();
  for (const name of ["As it is", "Replaced", "Healthy tissue replaced instead"]) {
    expect(screen.getByRole("img", { name: `The slice: ${name}` })).toBeVisible();
  }
  expect(screen.getByText(/this tests the map, not the tumor/)).toBeVisible();
  expect(asked.map(({ region }) => region)).toEqual(["tumor", "map"]);
});
