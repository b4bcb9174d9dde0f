/** The drawings of one series in this page: changed at once, kept in the browser, sent when it can be. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { Outcome, Write } from "../../queries/annotations.ts";
import type { Content, Stored } from "./content.ts";
import type { DraftBox } from "./draftBox.ts";
import {
  type Change,
  did,
  type History,
  NO_HISTORY,
  redone,
  type Step,
  type Turned,
  undone,
} from "./history.ts";
import {
  accepted,
  type Choice,
  type Conflict,
  conflicted,
  drawn,
  type Entries,
  type Entry,
  isDirty,
  isReady,
  merged,
  refusedBy,
  requestOf,
  settled,
} from "./outbox.ts";
import { backOne, onOne, type Pending } from "./pending.ts";

export interface Server {
  readonly list: () => Promise<{ annotations: readonly Stored[]; reads_blind: boolean }>;
  readonly send: (id: string, write: Write) => Promise<Outcome>;
  /** Whose answer is on the page: an edit says, too, what was seen meanwhile. */
  readonly analysisId?: () => string | null;
}

export interface NotebookState {
  readonly entries: Entries;
  readonly history: History;
  readonly pending: Pending | null;
  /** Whether the server was heard. */
  readonly isLoaded: boolean;
  readonly readsBlind: boolean;
  /** Why nothing can be sent; null while the line is open. */
  readonly trouble: "lost" | "signed out" | null;
  readonly isSending: boolean;
  /** False where the browser keeps nothing: then a reload loses what was not sent. */
  readonly isKept: boolean;
  /** What others changed while the reader looked. */
  readonly news: string;
}

const SEND_AFTER_MS = 400;
const RETRY_MS: readonly number[] = [1000, 2000, 4000, 8000, 15_000];
const LOOK_EVERY_MS = 4000;

const START: NotebookState = {
  entries: new Map(),
  history: NO_HISTORY,
  pending: null,
  isLoaded: false,
  readsBlind: false,
  trouble: null,
  isSending: false,
  isKept: true,
  news: "",
};

export interface Notebook {
  readonly store: StoreApi<NotebookState>;
  readonly start: () => void;
  readonly stop: () => void;
  readonly act: (step: Step) => void;
  readonly undo: () => void;
  readonly redo: () => void;
  readonly setPending: (pending: Pending | null) => void;
  readonly ask: (id: string, conflict: Conflict) => void;
  readonly settle: (id: string, choice: Choice, secondId: string) => void;
  /** Send again what was refused or waits. */
  readonly retry: () => void;
  readonly look: () => Promise<void>;
}

/** What a request left behind; tells whether the line is gone. */
function after(entry: Entry, request: Write, outcome: Outcome): Entry | null {
  switch (outcome.is) {
    case "accepted":
      return accepted(entry, request, outcome.stored);
    case "conflict":
      return conflicted(entry, outcome.current, outcome.yours);
    case "refused":
      return refusedBy(entry, outcome.problem);
    default:
      return entry;
  }
}

function words(ids: readonly string[], entries: Entries): string {
  const names = new Set(ids.map((id) => entries.get(id)?.facts?.author ?? "another reader"));
  const what = ids.length === 1 ? "a drawing" : `${ids.length} drawings`;
  return `${[...names].join(", ")} changed ${what} of this series.`;
}

export function openNotebook(place: string, server: Server, box: DraftBox): Notebook {
  const store = createStore<NotebookState>()(() => START);
  let isOpen = false;
  let tries = 0;
  let answers = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let looking: ReturnType<typeof setInterval> | undefined;

  const failed = () => store.setState({ isKept: false });
  function put(id: string, entry: Entry | null): void {
    const entries = new Map(store.getState().entries);
    const isGone = !entry || (!entry.base && !entry.local && !entry.sending);
    if (isGone) {
      entries.delete(id);
    } else {
      entries.set(id, entry);
    }
    store.setState({ entries });
    const isWaiting = !isGone && (isDirty(entry) || entry.conflict || entry.refused);
    box.keep(place, id, isWaiting ? entry : null).catch(failed);
  }
  function keepDesk(): void {
    const { history, pending } = store.getState();
    box.keepDesk(place, { history, pending }).catch(failed);
  }

  function later(wait: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), wait);
  }
  /** Tells whether the line held. */
  async function send(entry: Entry, request: Write): Promise<boolean> {
    put(entry.id, { ...entry, sending: request });
    const outcome = await server.send(entry.id, request);
    answers += 1;
    if (outcome.is === "lost") {
      store.setState({ trouble: outcome.why });
      if (isOpen) {
        later(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 15_000);
      }
      tries += 1;
      return false;
    }
    tries = 0;
    store.setState({ trouble: null });
    const now = store.getState().entries.get(entry.id) ?? { ...entry, local: null };
    put(entry.id, after(now, request, outcome));
    return true;
  }
  async function flush(): Promise<void> {
    if (store.getState().isSending) {
      return;
    }
    store.setState({ isSending: true });
    for (;;) {
      const entry = [...store.getState().entries.values()].find(isReady);
      const request = entry ? requestOf(entry) : null;
      if (!entry || !request || !(await send(entry, request))) {
        break;
      }
    }
    store.setState({ isSending: false });
  }

  async function look(): Promise<void> {
    const before = answers;
    try {
      const { annotations, reads_blind } = await server.list();
      const { entries, isLoaded, isSending } = store.getState();
      if (before !== answers || isSending) {
        return; // what was sent meanwhile makes this list old
      }
      const found = merged(entries, annotations, !isLoaded);
      store.setState({ entries: found.entries, isLoaded: true, readsBlind: reads_blind });
      if (found.changedByOthers.length > 0 && isLoaded) {
        store.setState({ news: words(found.changedByOthers, found.entries) });
      }
    } catch {
      // The shell tells that the line is gone; what is known stays on the page.
    }
  }

  function change(changes: readonly Change[]): void {
    const { entries } = store.getState();
    const seen = server.analysisId?.() ?? null;
    for (const { id, after: made } of changes) {
      const local = made && { ...made, analysis_id: made.analysis_id ?? seen };
      const entry = entries.get(id);
      if (entry) {
        put(id, { ...entry, local, refused: null });
      } else if (local) {
        put(id, drawn(id, local));
      }
    }
    later(SEND_AFTER_MS);
  }
  const contentNow = (id: string): Content | null =>
    store.getState().entries.get(id)?.local ?? null;
  function turn(turned: Turned | null): void {
    if (!turned) {
      return;
    }
    store.setState({ history: turned.history, news: "" });
    if (turned.isPossible) {
      change(turned.changes);
    } else {
      store.setState({ news: "That step cannot be turned back: it was changed meanwhile." });
    }
    keepDesk();
  }
  function setPending(pending: Pending | null): void {
    store.setState({ pending });
    keepDesk();
  }
  /** Corners of an outline that was dropped come back only until something else was done. */
  function forgetCorners(): void {
    if (store.getState().pending?.points.length === 0) {
      setPending(null);
    }
  }
  const onOnline = () => later(0);
  const onVisible = () => {
    if (document.visibilityState === "visible") {
      void look();
    }
  };
  const onLeave = (event: BeforeUnloadEvent) => {
    const { isKept, entries } = store.getState();
    if (!isKept && [...entries.values()].some(isDirty)) {
      event.preventDefault();
    }
  };

  async function begin(): Promise<void> {
    try {
      const { entries, desk } = await box.load(place);
      // Disks can be slow: what the reader did meanwhile counts.
      const now = store.getState();
      const kept = entries
        .filter(({ id }) => !now.entries.has(id))
        .map((entry) => [entry.id, entry] as const);
      store.setState({
        entries: new Map([...now.entries, ...kept]),
        history: now.history === NO_HISTORY && desk ? desk.history : now.history,
        pending: now.pending ?? desk?.pending ?? null,
      });
    } catch {
      failed();
    }
    await look();
    later(0);
  }

  return {
    store,
    start() {
      isOpen = true;
      void begin();
      looking = setInterval(onVisible, LOOK_EVERY_MS);
      window.addEventListener("online", onOnline);
      window.addEventListener("beforeunload", onLeave);
      document.addEventListener("visibilitychange", onVisible);
    },
    stop() {
      void flush(); // what waits for its moment goes now
      isOpen = false;
      clearTimeout(timer);
      clearInterval(looking);
      window.removeEventListener("online", onOnline);
      window.removeEventListener("beforeunload", onLeave);
      document.removeEventListener("visibilitychange", onVisible);
    },
    act(step) {
      if (step.changes.length > 0) {
        forgetCorners();
        store.setState({ history: did(store.getState().history, step), news: "" });
        change(step.changes);
        keepDesk();
      }
    },
    undo() {
      const { pending, history } = store.getState();
      if (pending && pending.points.length > 0) {
        setPending(backOne(pending));
      } else {
        forgetCorners();
        turn(undone(history, contentNow));
      }
    },
    redo() {
      const { pending, history } = store.getState();
      if (pending && pending.undone.length > 0) {
        setPending(onOne(pending));
      } else {
        turn(redone(history, contentNow));
      }
    },
    setPending,
    ask(id, conflict) {
      const entry = store.getState().entries.get(id);
      if (entry) {
        put(id, { ...entry, conflict });
      }
    },
    settle(id, choice, secondId) {
      const entry = store.getState().entries.get(id);
      if (entry) {
        const next = settled(entry, choice, secondId);
        put(id, next.entry);
        if (next.second) {
          put(secondId, next.second);
        }
        later(0);
      }
    },
    retry() {
      for (const entry of store.getState().entries.values()) {
        if (entry.refused) {
          put(entry.id, { ...entry, refused: null });
        }
      }
      later(0);
    },
    look,
  };
}
