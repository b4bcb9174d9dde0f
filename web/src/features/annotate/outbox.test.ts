import { describe, expect, it } from "vitest";
import { type Content, isSame, type Stored, type Version } from "./content.ts";
import {
  accepted,
  conflicted,
  drawn,
  type Entry,
  isDirty,
  isReady,
  merged,
  refusedBy,
  requestOf,
  settled,
} from "./outbox.ts";
import { contentWith, storedWith } from "./testContent.ts";

const ONE = contentWith({ reason: "one" });
const TWO = contentWith({ reason: "two" });
const THREE = contentWith({ reason: "three" });

function known(local: Content | null, version = 1, content: Content | null = ONE): Entry {
  return { ...drawn("a", ONE), local, base: { version, content } };
}

function stored(content: Content, change: Partial<Stored> = {}): Stored {
  return storedWith("a", content, change);
}

describe("the outbox", () => {
  it("creates what is new, edits on top of what was seen, deletes what is gone", () => {
    expect(requestOf(drawn("a", ONE))).toEqual({ does: "create", content: ONE });
    expect(requestOf(known(TWO, 4))).toEqual({
      does: "edit",
      content: TWO,
      parent: 4,
      resolves: [],
    });
    expect(requestOf(known(null, 4))).toEqual({ does: "delete", parent: 4 });
    expect(requestOf({ ...drawn("a", ONE), local: null })).toBeNull();
    expect(isDirty(known(ONE))).toBe(false);
  });

  it("sends the same request again until it is answered, whatever was drawn since", () => {
    const first = requestOf(known(TWO)) as NonNullable<Entry["sending"]>;
    const busy = { ...known(THREE), sending: first };
    expect(requestOf(busy)).toBe(first);
    const after = accepted(busy, first, stored(TWO, { version: 2, head: 2, parent: 1 }));
    expect(requestOf(after)).toMatchObject({ does: "edit", content: THREE, parent: 2 });
  });

  it("an answer that shows a newer version of another reader is not overwritten", () => {
    const request = requestOf(known(TWO)) as NonNullable<Entry["sending"]>;
    const newer = stored(THREE, { version: 3, head: 3, parent: 2, author: "B" });
    const quiet = accepted({ ...known(TWO), sending: request }, request, newer);
    expect(isSame(quiet.local, THREE)).toBe(true);
    expect(isDirty(quiet)).toBe(false);
    const drawnOn = accepted(
      { ...known(contentWith({ reason: "four" })), sending: request },
      request,
      newer,
    );
    // Version 2 was ours: the edit goes on from there, and the server will say that it is late.
    expect(requestOf(drawnOn)).toMatchObject({ parent: 2, content: { reason: "four" } });
  });

  const [current, yours]: Version[] = [
    stored(TWO, { version: 2, head: 2, author: "B" }),
    stored(THREE, { version: 3, head: 2, is_conflict: true, author: "A" }),
  ];
  const late = current && yours ? conflicted(known(THREE), current, yours) : known(THREE);

  it("a conflict waits for the reader, and nothing is sent meanwhile", () => {
    expect(late.local).toEqual(THREE);
    expect(isReady(late)).toBe(false);
  });

  it("keeping what counts settles the other version", () => {
    const { entry, second } = settled(late, "current", "b");
    expect(second).toBeNull();
    expect(requestOf(entry)).toMatchObject({
      parent: 2,
      resolves: [3],
      content: { reason: "two" },
    });
  });

  it("keeping mine saves it on top of the newest version", () => {
    const { entry } = settled(late, "other", "b");
    expect(requestOf(entry)).toMatchObject({
      parent: 2,
      resolves: [3],
      content: { reason: "three" },
    });
  });

  it("keeping both makes a second drawing of mine", () => {
    const { entry, second } = settled(late, "both", "b");
    expect(requestOf(entry)).toMatchObject({ content: { reason: "two" }, resolves: [3] });
    expect(second).toMatchObject({ id: "b", local: { reason: "three" }, base: null });
  });

  it("keeping my deletion first settles, then deletes", () => {
    const gone = stored(ONE, { version: 3, is_conflict: true, deleted: true });
    const { entry } = settled(conflicted(known(null), current as Version, gone), "other", "b");
    const first = requestOf(entry);
    expect(first).toMatchObject({ does: "edit", resolves: [3], content: { reason: "two" } });
    const then = accepted(
      { ...entry, sending: first },
      first as NonNullable<Entry["sending"]>,
      stored(TWO, { version: 4, head: 4, parent: 2 }),
    );
    expect(requestOf(then)).toEqual({ does: "delete", parent: 4 });
  });

  it("what the server refuses stays until it is changed", () => {
    const refused = refusedBy(known(TWO), { title: "", detail: "It crosses itself.", fix: "" });
    expect(isReady(refused)).toBe(false);
    expect(refused.local).toEqual(TWO);
  });
});

describe("a look at the server", () => {
  it("takes what others drew, changed and deleted, and says so", () => {
    const entries = new Map([
      ["a", known(ONE)],
      ["gone", { ...known(ONE), id: "gone" }],
    ]);
    const list = [
      stored(TWO, { version: 2, head: 2, author: "B" }),
      storedWith("new", THREE, { author: "B" }),
    ];
    const found = merged(entries, list);
    expect(found.entries.get("a")?.local?.reason).toBe("two");
    expect(found.entries.get("new")?.local?.reason).toBe("three");
    expect(found.entries.has("gone")).toBe(false);
    expect([...found.changedByOthers].sort()).toEqual(["a", "gone", "new"]);
  });

  it("leaves alone what is not sent yet", () => {
    const found = merged(new Map([["a", known(THREE)]]), [stored(TWO, { version: 2, head: 2 })]);
    expect(requestOf(found.entries.get("a") as Entry)).toMatchObject({
      parent: 1,
      content: { reason: "three" },
    });
  });

  it("tells of a version of another page that came too late", () => {
    const found = merged(new Map([["a", known(ONE)]]), [stored(ONE, { conflicts: [2] })]);
    expect(found.entries.get("a")?.facts?.conflicts).toEqual([2]);
  });

  it("forgets a conflict that was settled elsewhere", () => {
    const current = stored(TWO, { version: 2, head: 2 });
    const yours = stored(THREE, { version: 3, head: 2, is_conflict: true });
    const late = conflicted(known(THREE), current, yours);
    const found = merged(new Map([["a", late]]), [stored(THREE, { version: 4, head: 4 })]);
    expect(found.entries.get("a")?.conflict).toBeNull();
    expect(isDirty(found.entries.get("a") as Entry)).toBe(false);
  });
});
