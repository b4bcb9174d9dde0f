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
  const store = async (name: string, mode: IDBTransactionMode) => {
    opened ??= open();
    return (await opened).transaction(name, mode).objectStore(name);
  };
  return {
    async load(place) {
      const kept = await store(ENTRIES, "readonly");
      const rows: { entry: Entry }[] = await done(kept.index("place").getAll(place));
      const desks = await store(DESKS, "readonly");
      const desk: { desk: Desk } | undefined = await done(desks.get(place));
      return { entries: rows.map(({ entry }) => entry), desk: desk?.desk ?? null };
    },
    async keep(place, id, entry) {
      const kept = await store(ENTRIES, "readwrite");
      if (entry) {
        await done(kept.put({ place, id, entry }));
      } else {
        await done(kept.delete([place, id]));
      }
    },
    async keepDesk(place, desk) {
      const desks = await store(DESKS, "readwrite");
      await done(desks.put({ place, desk }));
    },
  };
}
