import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Outcome, Write } from "../../queries/annotations.ts";
import { type Content, contentOf, isSame, newId, type Stored } from "./content.ts";
import { openDraftBox } from "./draftBox.ts";
import { NO_HISTORY } from "./history.ts";
import { type Notebook, openNotebook, type Server } from "./notebook.ts";
import { isDirty } from "./outbox.ts";
import { contentWith, storedWith } from "./testContent.ts";

/** Keeps versions as the real one does, and can lose the line before or after it answers. */
class FakeServer implements Server {
  readonly rows = new Map<string, Stored>();
  readonly asked: Write[] = [];
  line: "open" | "lost" | "answers lost" = "open";

  list = async () => ({
    annotations: [...this.rows.values()].filter(({ deleted }) => !deleted),
    reads_blind: false,
  });

  send = async (id: string, write: Write): Promise<Outcome> => {
    if (this.line === "lost") {
      return { is: "lost", why: "lost" };
    }
    this.asked.push(write);
    const outcome = this.answer(id, write);
    return this.line === "answers lost" ? { is: "lost", why: "lost" } : outcome;
  };

  private answer(id: string, write: Write): Outcome {
    const row = this.rows.get(id);
    if (!row) {
      const content = write.does === "delete" ? contentWith() : write.content;
      return this.keep(storedWith(id, content));
    }
    const content = write.does === "delete" ? contentOf(row) : write.content;
    const isRepeated =
      (write.does === "create" && isSame(contentOf(row), content)) ||
      (write.does !== "create" && row.parent === write.parent && isSame(contentOf(row), content));
    if (isRepeated) {
      return { is: "accepted", stored: row };
    }
    const version = row.version + 1;
    const made = storedWith(id, content, {
      version,
      head: version,
      parent: row.version,
      deleted: write.does === "delete",
    });
    if (write.does !== "create" && write.parent !== row.version) {
      return {
        is: "conflict",
        current: row,
        yours: { ...made, is_conflict: true, head: row.version },
      };
    }
    return this.keep(made);
  }

  private keep(stored: Stored): Outcome {
    this.rows.set(stored.id, stored);
    return { is: "accepted", stored };
  }
}

const open: Notebook[] = [];
function notebook(server: Server, place: string): Notebook {
  const made = openNotebook(place, server, openDraftBox());
  made.start();
  open.push(made);
  return made;
}
const draw = (to: Notebook, id: string, after: Content | null, before: Content | null = null) =>
  to.act({ does: "x", changes: [{ id, before, after }] });
const local = (of: Notebook, id: string) => of.store.getState().entries.get(id)?.local ?? null;
const isSaved = (of: Notebook) => {
  const { entries, isSending, isLoaded } = of.store.getState();
  return isLoaded && !isSending && ![...entries.values()].some(isDirty);
};
const until = (is: () => boolean) => vi.waitFor(() => expect(is()).toBe(true), { timeout: 10_000 });

let place = "";
beforeEach(() => {
  place = newId();
});
afterEach(() => {
  for (const one of open.splice(0)) {
    one.stop();
  }
});

it("what is drawn is sent, and undone on the server too", async () => {
  const server = new FakeServer();
  const desk = notebook(server, place);
  draw(desk, "a", contentWith({ reason: "one" }));
  await until(() => isSaved(desk) && server.rows.size === 1);
  desk.undo();
  expect(local(desk, "a")).toBeNull();
  await until(() => server.rows.get("a")?.deleted === true);
  desk.redo();
  await until(() => isSaved(desk) && server.rows.get("a")?.deleted === false);
  expect(server.rows.get("a")?.version).toBe(3);
});

it("what is drawn before a slow disk answers is not taken back by what lay there", async () => {
  const box = openDraftBox();
  const pending = (at: number) => ({
    key: "k",
    sliceIndex: null,
    points: [[at, 0, 0]] as [number, number, number][],
    undone: [],
  });
  let answer = () => {};
  const disk = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const old = { entries: [], desk: { history: NO_HISTORY, pending: pending(1) } };
  const desk = openNotebook(place, new FakeServer(), { ...box, load: () => disk.then(() => old) });
  open.push(desk);
  desk.start();
  draw(desk, "a", contentWith());
  desk.setPending(pending(2));
  answer();
  await until(() => isSaved(desk));
  expect(desk.store.getState().pending).toEqual(pending(2));
  desk.undo(); // the corner
  desk.undo(); // the drawing, which the desk on the disk did not know
  expect(local(desk, "a")).toBeNull();
});

it("a draft outlives the page while the line is gone, and is sent by the next one", async () => {
  const server = new FakeServer();
  server.line = "lost";
  const desk = notebook(server, place);
  draw(desk, "a", contentWith({ reason: "kept" }));
  desk.setPending({ key: "k", sliceIndex: null, points: [[1, 2, 3]], undone: [] });
  await until(() => desk.store.getState().trouble === "lost");
  desk.stop();

  const next = notebook(server, place);
  await until(() => local(next, "a") !== null);
  expect(next.store.getState().pending?.points).toEqual([[1, 2, 3]]);
  expect(server.rows.size).toBe(0);
  server.line = "open";
  next.retry();
  await until(() => isSaved(next) && server.rows.get("a")?.reason === "kept");
  next.setPending(null);
  next.undo();
  expect(local(next, "a")).toBeNull(); // also the history was kept
});

it("an answer that was lost stores nothing twice, and no conflict with oneself arises", async () => {
  const server = new FakeServer();
  const desk = notebook(server, place);
  draw(desk, "a", contentWith({ reason: "one" }));
  await until(() => isSaved(desk) && server.rows.size === 1);
  server.line = "answers lost";
  draw(desk, "a", contentWith({ reason: "two" }), contentWith({ reason: "one" }));
  await until(() => desk.store.getState().trouble === "lost");
  draw(desk, "a", contentWith({ reason: "three" }), contentWith({ reason: "two" }));
  server.line = "open";
  desk.retry();
  await until(() => isSaved(desk) && server.rows.get("a")?.reason === "three");
  expect(server.rows.get("a")?.version).toBe(3);
  expect(desk.store.getState().entries.get("a")?.conflict).toBeNull();
});

it("two pages that change the same drawing keep both versions; keeping both makes two drawings", async () => {
  const server = new FakeServer();
  const [one, two] = [notebook(server, place), notebook(server, newId())];
  draw(one, "a", contentWith());
  await until(() => isSaved(one) && server.rows.size === 1);
  await two.look();
  await until(() => local(two, "a") !== null);
  draw(one, "a", contentWith({ reason: "rim" }), contentWith());
  await until(() => isSaved(one) && server.rows.get("a")?.reason === "rim");
  draw(two, "a", contentWith({ reason: "tail" }), contentWith());
  await until(() => two.store.getState().entries.get("a")?.conflict != null);
  expect(local(two, "a")?.reason).toBe("tail");
  two.settle("a", "both", "b");
  await until(() => isSaved(two) && server.rows.size === 2);
  expect(server.rows.get("a")?.reason).toBe("rim");
  expect(server.rows.get("b")?.reason).toBe("tail");
  await one.look();
  await until(() => one.store.getState().news !== "");
  expect(local(one, "b")?.reason).toBe("tail");
});

it("corners of an outline are undone one by one, before anything else", () => {
  const desk = notebook(new FakeServer(), place);
  draw(desk, "a", contentWith());
  const points = [
    [0, 0, 0],
    [1, 0, 0],
  ] as [number, number, number][];
  desk.setPending({ key: "k", sliceIndex: null, points, undone: [] });
  desk.undo();
  expect(desk.store.getState().pending?.points).toHaveLength(1);
  desk.redo();
  expect(desk.store.getState().pending?.points).toHaveLength(2);
  desk.undo();
  desk.undo();
  desk.undo(); // now the drawing
  expect(local(desk, "a")).toBeNull();
  desk.redo(); // not a corner of the outline that is long gone
  expect(local(desk, "a")).not.toBeNull();
});

it("says so where the browser keeps nothing", async () => {
  const broken = {
    load: () => Promise.reject(new Error()),
    keep: () => Promise.reject(new Error()),
    keepDesk: () => Promise.reject(new Error()),
  };
  const desk = openNotebook(place, new FakeServer(), broken);
  open.push(desk);
  desk.start();
  await until(() => !desk.store.getState().isKept);
});
