/** Drafts in the browser's own database: they outlive a reload, a crash and a lost line. */

import type { History } from "./history.ts";
import type { Entry } from "./outbox.ts";
import type { Pending } from "./pending.ts";

/** What lies on the desk besides the drawings themselves. */
export interface Desk {
  readonly history: History;
  readonly pending: Pending | null;
}

export interface DraftBox {
  readonly load: (place: string) => Promise<{ entries: Entry[]; desk: Desk | null }>;
  /** Null takes an entry out: the server has it. */
  readonly keep: (place: string, id: string, entry: Entry | null) => Promise<void>;
  readonly keepDesk: (place: string, desk: Desk) => Promise<void>;
}

const NAME = "neuroscope-drafts";
const [ENTRIES, DESKS] = ["entries", "desks"] as const;

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser's database failed."));
  });
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result
      .createObjectStore(ENTRIES, { keyPath: ["place", "id"] })
      .createIndex("place", "place");
    request.result.createObjectStore(DESKS, { keyPath: "place" });
  };
  return done(request);
}

/** The drafts of this browser. Every call fails where the browser keeps nothing, as in private windows. */
export function openDraftBox(): DraftBox {
  let opened: Promise<IDBDatabase> | null = null;
  const database = () => {
    opened ??= open();
    return opened;
  };
  const store = async (name: string) =>
    (await database()).transaction(name, "readwrite").objectStore(name);
  return {
    async load(place) {
      // One transaction: nothing is written between the two answers.
      const both = (await database()).transaction([ENTRIES, DESKS], "readonly");
      const [rows, desk]: [{ entry: Entry }[], { desk: Desk } | undefined] = await Promise.all([
        done(both.objectStore(ENTRIES).index("place").getAll(place)),
        done(both.objectStore(DESKS).get(place)),
      ]);
      return { entries: rows.map(({ entry }) => entry), desk: desk?.desk ?? null };
    },
    async keep(place, id, entry) {
      const kept = await store(ENTRIES);
      if (entry) {
        await done(kept.put({ place, id, entry }));
      } else {
        await done(kept.delete([place, id]));
      }
    },
    async keepDesk(place, desk) {
      const desks = await store(DESKS);
      await done(desks.put({ place, desk }));
    },
  };
}
