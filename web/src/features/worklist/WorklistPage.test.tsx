import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { beforeEach, expect, it, vi } from "vitest";
import type { Schemas } from "../../client/api.ts";
import { theme } from "../../theme.ts";
import { useUploads } from "./uploads.ts";
import { WorklistPage } from "./WorklistPage.tsx";

type Row = Schemas["StudyRowOut"];

const GLIOMA: Row = {
  id: "s1",
  pseudonym: "NS-7Q2K4D",
  created: "2026-01-15T09:30:00Z",
  status: "analyzed",
  headline: {
    series_id: "a",
    label: "glioma",
    name: "Glioma",
    p_label: 0.91,
    p_class: { glioma: 0.91, meningioma: 0.06, pituitary: 0.02, notumor: 0.01 },
    outlier_score: 0.4,
    conformal_set: [],
    doubt: null,
    cautions: ["The image has a black border."],
  },
  cautions: ["Two files were not read."],
  series_count: 1,
  slice_count: 3,
  job: null,
};

let rows: Row[] = [];
let asked: URL[] = [];

/** Answers as the server's routes do; any other request is a mistake of the test. */
function server(request: Request): Promise<Response> {
  const url = new URL(request.url);
  asked.push(url);
  if (request.method === "GET" && url.pathname === "/api/studies") {
    return Promise.resolve(Response.json({ studies: rows, total: rows.length, next_cursor: null }));
  }
  if (request.method === "POST" && url.pathname === "/api/uploads") {
    const problem = {
      type: "urn:neuroscope:problem:too-large",
      title: "Too large",
      status: 413,
      detail: "The upload is 9 GB.",
      fix: "Send fewer files at a time.",
    };
    return Promise.resolve(Response.json(problem, { status: 413 }));
  }
  return Promise.resolve(Response.json({ title: "?", detail: url.pathname }, { status: 500 }));
}

function show(address = "/") {
  const router = createMemoryRouter([{ path: "/", element: <WorklistPage /> }], {
    initialEntries: [address],
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return router;
}

beforeEach(() => {
  rows = [];
  asked = [];
  useUploads.setState({ tasks: [] });
  vi.stubGlobal("fetch", server);
});

it("an empty worklist says what to do", async () => {
  show();
  expect(await screen.findByText("No studies yet.")).toBeVisible();
  expect(screen.getByText(/Drop a folder of DICOM files/)).toBeVisible();
});

it("a row tells the finding, its probability, the first caution and how many more", async () => {
  rows = [GLIOMA];
  show();
  const row = within(
    (await screen.findByRole("link", { name: "NS-7Q2K4D" })).closest("tr") as HTMLElement,
  );
  expect(row.getByText("Glioma")).toBeVisible();
  expect(row.getByText("91 %")).toBeVisible();
  expect(row.getByText("The image has a black border. (and 1 more)")).toBeVisible();
});

it("the filters stand in the address and reach the server", async () => {
  rows = [GLIOMA];
  const router = show("/?class=glioma");
  await screen.findByRole("link", { name: "NS-7Q2K4D" });
  expect(asked[0]?.searchParams.get("class")).toBe("glioma");
  await userEvent.selectOptions(screen.getByLabelText("Status"), "failed");
  expect(router.state.location.search).toBe("?status=failed&class=glioma");
});

it("filters that match nothing can be cleared", async () => {
  const router = show("/?q=nobody");
  await userEvent.click(await screen.findByRole("button", { name: "Clear the filters" }));
  expect(router.state.location.search).toBe("");
});

it("a refused upload says why, how to mend it, and can be tried again", async () => {
  show();
  await screen.findByText("No studies yet.");
  const file = new File(["x"], "scan.nii.gz");
  await userEvent.upload(screen.getByLabelText("Files to analyze"), file);
  const card = within(await screen.findByRole("region", { name: "Upload of scan.nii.gz" }));
  expect(await card.findByText("The upload is 9 GB.")).toBeVisible();
  expect(card.getByText("Send fewer files at a time.")).toBeVisible();
  expect(card.getByRole("button", { name: "Try again" })).toBeEnabled();
});

it("a server that is gone is said plainly", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
  show();
  expect(await screen.findByText("The server does not answer")).toBeVisible();
  expect(screen.getByRole("alert")).toHaveTextContent(/Check that neuroscope serve is/);
});

it("without the link of this launch the page says where to find it", async () => {
  vi.stubGlobal("fetch", () =>
    Promise.resolve(
      Response.json({ title: "Not signed in", detail: "No token.", fix: "?" }, { status: 401 }),
    ),
  );
  show();
  expect(await screen.findByRole("alert")).toHaveTextContent(
    /Open the link that neuroscope serve printed last/,
  );
});

it("the delete dialog starts at the safe answer and gives the focus back", async () => {
  rows = [GLIOMA];
  show();
  const actions = await screen.findByRole("button", { name: "Actions for NS-7Q2K4D" });
  await userEvent.click(actions);
  await userEvent.click(await screen.findByRole("menuitem", { name: "Delete…" }));
  expect(await screen.findByRole("dialog", { name: "Delete NS-7Q2K4D?" })).toBeVisible();
  await waitFor(() => expect(screen.getByRole("button", { name: "Keep it" })).toHaveFocus());
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(actions).toHaveFocus());
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(asked.map(({ pathname }) => pathname)).not.toContain("/api/studies/s1");
});
