import "fake-indexeddb/auto";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { pictureSheet } from "../../frames/sheet.ts";
import { theme } from "../../theme.ts";
import { contentOf, newId } from "./content.ts";
import { DrawingPanel } from "./DrawingPanel.tsx";
import { openDraftBox } from "./draftBox.ts";
import { drawingKeys } from "./keys.ts";
import { openNotebook } from "./notebook.ts";
import { conflicted, drawn } from "./outbox.ts";
import type { Hand } from "./sketch.ts";
import { contentWith, storedWith } from "./testContent.ts";
import { useTools } from "./tools.ts";

const OF = { studyId: "s", seriesId: "p" };
const SQUARE: [number, number, number][] = [
  [2, 2, 0],
  [12, 2, 0],
  [12, 12, 0],
  [2, 12, 0],
];
const on = (slice_index: number) => contentWith({ slice_index, plane: null, points_mm: SQUARE });
const sheet = pictureSheet("p", { index: 0, rows: 40, columns: 40 }, async () => []);
const goTo = vi.fn();
const room = { sheet, target: "", goTo };

function desk(): Hand {
  const server = {
    list: async () => ({ annotations: [], reads_blind: false }),
    send: async () => ({ is: "lost", why: "lost" }) as const,
  };
  return {
    notebook: openNotebook(newId(), server, openDraftBox()),
    manner: () => ({ kind: "evidence", only_this: false, reason: "", analysis_id: null }),
    graySpan: () => 100,
  };
}

function show(hand: Hand) {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ labels: [] })));
  render(
    <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
      <QueryClientProvider client={new QueryClient()}>
        <DrawingPanel hand={hand} of={OF} room={room} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const rows = () => within(screen.getByRole("list", { name: /Drawings/ })).getAllByRole("listitem");

beforeEach(() => {
  useTools.getState().set({ isOn: true, selected: null, hidden: [], isShown: true });
  goTo.mockClear();
});

it("lists what is drawn, here first, and goes to what is drawn elsewhere", async () => {
  const hand = desk();
  const tumor = { ...on(3), kind: "tumor" as const, reason: "dural tail" };
  hand.notebook.act({ does: "x", changes: [{ id: "far", before: null, after: tumor }] });
  hand.notebook.act({ does: "x", changes: [{ id: "here", before: null, after: on(0) }] });
  show(hand);
  expect(rows().map((row) => row.textContent)).toEqual([
    expect.stringMatching(/^Look here, outline.*this slice/),
    expect.stringMatching(/^Tumor, outline.*picture 4 · dural tail/),
  ]);
  await userEvent.click(screen.getByRole("button", { name: /^Tumor, outline/ }));
  expect(goTo).toHaveBeenCalledWith([7, 7, 0], 3);
  expect(useTools.getState().selected).toBe("far");
});

it("says why, that nothing else matters, and takes both back", async () => {
  const hand = desk();
  hand.notebook.act({ does: "x", changes: [{ id: "a", before: null, after: on(0) }] });
  useTools.getState().set({ selected: "a" });
  show(hand);
  await userEvent.type(screen.getByRole("textbox", { name: /^Why/ }), "rim");
  await userEvent.click(screen.getByRole("checkbox", { name: /Nothing else matters/ }));
  const now = () => hand.notebook.store.getState().entries.get("a")?.local;
  expect(now()).toMatchObject({ reason: "rim", only_this: true });
  hand.notebook.undo();
  expect(now()).toMatchObject({ reason: "rim", only_this: false });
  hand.notebook.undo(); // all that was typed
  expect(now()).toMatchObject({ reason: "" });
});

it("hides one drawing, deletes one, and undo brings it back", async () => {
  const hand = desk();
  hand.notebook.act({ does: "x", changes: [{ id: "a", before: null, after: on(0) }] });
  show(hand);
  await userEvent.click(screen.getByRole("button", { name: "Hide Look here" }));
  expect(useTools.getState().hidden).toEqual(["a"]);
  await userEvent.click(screen.getByRole("button", { name: "Delete Look here" }));
  expect(screen.getByText(/Nothing is drawn/)).toBeVisible();
  hand.notebook.undo();
  expect(await screen.findByRole("button", { name: /^Look here, outline/ })).toBeVisible();
});

it("shows both versions of a conflict, and keeps the one that is chosen", async () => {
  const hand = desk();
  const [current, yours] = [
    storedWith("a", { ...on(0), reason: "rim" }, { version: 2, head: 2, author: "Dr. B" }),
    storedWith("a", { ...on(0), reason: "tail" }, { version: 3, head: 2, is_conflict: true }),
  ];
  const entry = conflicted(drawn("a", contentOf(yours)), current, yours);
  hand.notebook.store.setState({ entries: new Map([["a", entry]]) });
  show(hand);
  expect(screen.getByText(/Dr. B saved another one/)).toBeVisible();
  expect(screen.getByText(/“rim”/)).toBeVisible();
  expect(screen.getByText(/“tail”/)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Keep what counts" }));
  expect(hand.notebook.store.getState().entries.get("a")).toMatchObject({
    conflict: null,
    resolves: [3],
    local: { reason: "rim" },
  });
});

it("says what is not saved and why", () => {
  const hand = desk();
  const refused = { title: "Bad request", detail: "It crosses itself.", fix: "Move a corner." };
  hand.notebook.store.setState({
    isLoaded: true,
    entries: new Map([["a", { ...drawn("a", on(0)), refused }]]),
  });
  show(hand);
  expect(screen.getByRole("alert")).toHaveTextContent(/It crosses itself. Move a corner./);
  expect(screen.getByText("1 not sent yet: see below")).toBeVisible();
});

it("keys choose tools and kinds, and are told apart from those of reading", () => {
  const hand = desk();
  const keys = () => drawingKeys({ hand, of: OF, room, tools: useTools.getState() });
  const press = (key: string) =>
    keys()
      .find((binding) => binding.keys.includes(key))
      ?.onPress?.(new KeyboardEvent("keydown"));
  press("B");
  press("2");
  expect(useTools.getState()).toMatchObject({ tool: "brush", kind: "not_evidence" });
  const before = useTools.getState().size;
  press("]");
  expect(useTools.getState().size).toBeGreaterThan(before);
  press("D");
  expect(keys().flatMap((binding) => binding.keys)).toEqual(["D", "W"]);
});

it("drawings go to a file and come back as one's own, or the file says why not", async () => {
  const hand = desk();
  show(hand);
  const asked: string[] = [];
  vi.stubGlobal(
    "URL",
    Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL() {} }),
  );
  vi.stubGlobal("fetch", async (path: string | Request, options: RequestInit = {}) => {
    if (typeof path !== "string") {
      return new Response("{}"); // what the panel beside it asks
    }
    asked.push(`${options.method ?? "GET"} ${path}`);
    return options.method === "POST"
      ? Response.json({ stored: ["a", "b"], cautions: ["Of another category (1)"] })
      : new Response("{}");
  });
  expect(screen.getByLabelText("Format")).toHaveTextContent(/^COCO JSON \(outlines\)$/);
  await userEvent.click(screen.getByRole("button", { name: "Export" }));
  await userEvent.upload(
    document.querySelector<HTMLInputElement>("input[type=file]") as HTMLInputElement,
    new File(["{}"], "sent.json"),
  );
  expect(await screen.findByText("2 drawings imported.")).toBeVisible();
  expect(screen.getByText("Of another category (1)")).toBeVisible();
  expect(asked).toEqual([
    "GET /api/studies/s/series/p/exchange?format=coco",
    "POST /api/studies/s/series/p/exchange",
  ]);
});
