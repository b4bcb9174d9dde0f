/** What a reader drew and the server does not have yet, one entry for each annotation. Pure. */

import type { Problem } from "../../client/api.ts";
import { type Content, contentOf, isSame, type Stored, type Version } from "./content.ts";

/** A request; sent again as it is until it is answered, so that nothing is stored twice. */
export type Request =
  | { readonly does: "create"; readonly content: Content }
  | {
      readonly does: "edit";
      readonly content: Content;
      readonly parent: number;
      readonly resolves: readonly number[];
    }
  | { readonly does: "delete"; readonly parent: number };

/** Two versions of which one came too late. */
export interface Conflict {
  readonly current: Version;
  readonly other: Version;
  /** Whether the one that came too late is from this page. */
  readonly isOurs: boolean;
}

export interface Entry {
  readonly id: string;
  /** What the reader sees; null for taken away. */
  readonly local: Content | null;
  /** The newest version that this page has seen on the server; null while there is none. */
  readonly base: { readonly version: number; readonly content: Content | null } | null;
  readonly sending: Request | null;
  /** Versions in conflict that the reader has looked at. */
  readonly resolves: readonly number[];
  readonly conflict: Conflict | null;
  /** Why the server will not take it as it is. */
  readonly refused: Pick<Problem, "title" | "detail" | "fix"> | null;
  readonly facts: Facts | null;
}

/** What only the server knows. */
export interface Facts {
  readonly author: string;
  readonly owner: string;
  readonly created: string;
  readonly isStale: boolean;
  /** Versions that came too late, of whomever, and that nobody has looked at. */
  readonly conflicts: readonly number[];
}

export type Entries = ReadonlyMap<string, Entry>;

export function drawn(id: string, local: Content): Entry {
  return {
    id,
    local,
    base: null,
    sending: null,
    resolves: [],
    conflict: null,
    refused: null,
    facts: null,
  };
}

function factsOf(stored: Stored): Facts {
  return {
    author: stored.author,
    owner: stored.owner,
    created: stored.created,
    isStale: stored.is_stale,
    conflicts: stored.conflicts,
  };
}

function baseOf(stored: Version): NonNullable<Entry["base"]> {
  return { version: stored.version, content: stored.deleted ? null : contentOf(stored) };
}

/** Whether the page holds something that the server does not. */
export function isDirty(entry: Entry): boolean {
  return (
    entry.sending !== null ||
    entry.resolves.length > 0 ||
    !isSame(entry.local, entry.base?.content ?? null)
  );
}

/** Whether it may be sent now: not while the reader must decide something first. */
export function isReady(entry: Entry): boolean {
  return isDirty(entry) && entry.conflict === null && entry.refused === null;
}

/** What to send; null where nothing is left to say. */
export function requestOf(entry: Entry): Request | null {
  const { sending, local, base, resolves } = entry;
  if (sending) {
    return sending;
  }
  if (!base) {
    return local ? { does: "create", content: local } : null;
  }
  // A deletion cannot say what it settles: first settle, then delete.
  const content = local ?? (resolves.length > 0 ? base.content : null);
  return content
    ? { does: "edit", content, parent: base.version, resolves }
    : { does: "delete", parent: base.version };
}

function contentOfRequest(request: Request): Content | null {
  return request.does === "delete" ? null : request.content;
}

/** The server took what was sent. Null for an entry of which nothing is left. */
export function accepted(entry: Entry, request: Request, stored: Stored): Entry {
  const sent = contentOfRequest(request);
  const base = baseOf(stored);
  const next = { ...entry, sending: null, refused: null, resolves: [], facts: factsOf(stored) };
  if (isSame(base.content, sent)) {
    return { ...next, base };
  }
  // Somebody saved on top before the answer came. What is unchanged here gives way to it; else the
  // edit goes on from our own version, and the server says that it came too late.
  return isSame(entry.local, sent)
    ? { ...next, base, local: base.content }
    : { ...next, base: { version: stored.parent ?? base.version, content: sent } };
}

/** The edit came too late; both versions are kept on the server. */
export function conflicted(entry: Entry, current: Version, yours: Version): Entry {
  return {
    ...entry,
    sending: null,
    base: baseOf(current),
    conflict: { current, other: yours, isOurs: true },
  };
}

export function refusedBy(entry: Entry, refused: NonNullable<Entry["refused"]>): Entry {
  return { ...entry, sending: null, refused };
}

/** How a reader settles a conflict. */
export type Choice = "current" | "other" | "both";

/** What follows from a choice: the annotation, and a second one where both shall stay. */
export function settled(
  entry: Entry,
  choice: Choice,
  secondId: string,
): { entry: Entry; second: Entry | null } {
  const { conflict } = entry;
  if (!conflict) {
    return { entry, second: null };
  }
  const [current, other] = [conflict.current, conflict.other].map((version) =>
    version.deleted ? null : contentOf(version),
  );
  // What was drawn on while the question stood is the reader's newest word.
  const mine = conflict.isOurs ? entry.local : (other ?? null);
  const next: Entry = {
    ...entry,
    conflict: null,
    base: baseOf(conflict.current),
    local: choice === "other" ? mine : (current ?? null),
    resolves: [...new Set([...entry.resolves, conflict.other.version])],
    facts: entry.facts && { ...entry.facts, conflicts: [] },
  };
  return { entry: next, second: choice === "both" && mine ? drawn(secondId, mine) : null };
}

/** Whether another reader settled the conflict, and nothing was drawn here since. */
function isSettledElsewhere({ conflict, local }: Entry, stored: Stored): boolean {
  if (!conflict || stored.conflicts.includes(conflict.other.version)) {
    return false;
  }
  const asked = conflict.isOurs ? conflict.other : conflict.current;
  return isSame(local, asked.deleted ? null : contentOf(asked));
}

/** What a look at the server changes: the entries, and those that others changed. */
export interface Merged {
  readonly entries: Map<string, Entry>;
  readonly changedByOthers: readonly string[];
}

/** Take what counts on the server now; what is not sent yet stays as the reader left it. */
export function merged(entries: Entries, list: readonly Stored[], isFirst = false): Merged {
  const there = new Set(list.map(({ id }) => id));
  const isKept = (entry: Entry) =>
    there.has(entry.id) || isDirty(entry) || entry.conflict !== null || entry.refused !== null;
  const next = new Map([...entries].filter(([, entry]) => isKept(entry)));
  const changedByOthers = [...entries.keys()].filter((id) => !next.has(id));
  for (const stored of list) {
    const entry = next.get(stored.id);
    next.set(stored.id, seen(entry, stored));
    const isNews = !entry || (!isDirty(entry) && entry.base?.version !== stored.version);
    if (isNews && !isFirst) {
      changedByOthers.push(stored.id);
    }
  }
  return { entries: next, changedByOthers };
}

function seen(entry: Entry | undefined, stored: Stored): Entry {
  const [base, facts] = [baseOf(stored), factsOf(stored)];
  if (!entry) {
    return { ...drawn(stored.id, contentOf(stored)), base, facts };
  }
  if (isSettledElsewhere(entry, stored)) {
    return { ...entry, conflict: null, local: base.content, base, facts };
  }
  return isDirty(entry) || entry.conflict
    ? { ...entry, facts }
    : { ...entry, local: base.content, base, facts };
}
