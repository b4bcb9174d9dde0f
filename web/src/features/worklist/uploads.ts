/** The uploads of this page: their state, and how they go on after a reload. */

import { create } from "zustand";
import { type Problem, problemOf } from "../../client/api.ts";
import type { Job } from "../../queries/jobs.ts";
import {
  completeUpload,
  createUpload,
  deleteUpload,
  findUpload,
  type GivenFile,
  sendFiles,
  type Upload,
} from "../../queries/uploads.ts";
import { type FileGroup, fingerprint } from "./files.ts";

/** "waiting" for the server to be back, "signed out" until its new link was opened. */
export type UploadState = "sending" | "waiting" | "signed out" | "failed" | "sent";

export interface UploadTask {
  readonly key: string;
  readonly title: string;
  readonly files: readonly { name: string; size: number; received: number }[];
  readonly state: UploadState;
  readonly resumed: boolean;
  readonly uploadId: string | null;
  readonly job: Job | null;
  readonly problem: Problem | null;
}

interface Uploads {
  readonly tasks: readonly UploadTask[];
  readonly start: (groups: readonly FileGroup[]) => void;
  readonly retry: (key: string) => void;
  /** Take a task off the page; an upload that is not complete is forgotten on the server too. */
  readonly remove: (key: string) => void;
}

/** What is kept over a reload: no names, only what is needed to know the files again. */
export interface Unfinished {
  readonly fingerprint: string;
  readonly uploadId: string;
  readonly fileCount: number;
  readonly bytes: number;
}

const KEPT = "neuroscope:unfinished-uploads";

export function readUnfinished(): Unfinished[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(kept) ? (kept as Unfinished[]) : [];
  } catch (error) {
    if (error instanceof SyntaxError) {
      return []; // another version's notes
    }
    throw error;
  }
}

function keep(note: Unfinished): void {
  const others = readUnfinished().filter((kept) => kept.fingerprint !== note.fingerprint);
  localStorage.setItem(KEPT, JSON.stringify([...others, note].slice(-20)));
}

export function forgetUnfinished(uploadId: string): void {
  const others = readUnfinished().filter((kept) => kept.uploadId !== uploadId);
  localStorage.setItem(KEPT, JSON.stringify(others));
}

const STATES = { open: "sending", lost: "waiting", "signed out": "signed out" } as const;

export function isMoving({ state }: UploadTask): boolean {
  return state !== "failed" && state !== "sent";
}

/** Files cannot live in the store's state: they are handles, not values. */
const handles = new Map<string, { group: FileGroup; stop: AbortController }>();
let counter = 0;

export const totalBytes = (task: UploadTask) =>
  task.files.reduce((sum, file) => sum + file.size, 0);
export const receivedBytes = (task: UploadTask) =>
  task.files.reduce((sum, file) => sum + file.received, 0);

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    // The browser knows sooner than the clock that the line is back.
    window.addEventListener(
      "online",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

async function openUpload(
  files: readonly GivenFile[],
): Promise<{ upload: Upload; resumed: boolean }> {
  const mark = fingerprint(files);
  const kept = readUnfinished().find((note) => note.fingerprint === mark);
  const known = kept ? await findUpload(kept.uploadId) : null;
  if (known && known.files.length === files.length) {
    return { upload: known, resumed: true };
  }
  const upload = await createUpload(files);
  keep({
    fingerprint: mark,
    uploadId: upload.id,
    fileCount: files.length,
    bytes: files.reduce((sum, { file }) => sum + file.size, 0),
  });
  return { upload, resumed: false };
}

export const useUploads = create<Uploads>()((set, get) => {
  const change = (key: string, part: Partial<UploadTask>) =>
    set(({ tasks }) => ({
      tasks: tasks.map((task) => (task.key === key ? { ...task, ...part } : task)),
    }));

  const received = (key: string, index: number, bytes: number) =>
    set(({ tasks }) => ({
      tasks: tasks.map((task) =>
        task.key === key
          ? {
              ...task,
              files: task.files.map((file, at) =>
                at === index ? { ...file, received: bytes } : file,
              ),
            }
          : task,
      ),
    }));

  const run = async (key: string) => {
    const handle = handles.get(key);
    if (!handle) {
      return;
    }
    const { group, stop } = handle;
    // The server pairs bytes and names by position: the same order every time.
    const files = [...group.files].sort((a, b) => (a.name < b.name ? -1 : 1));
    change(key, { state: "sending", problem: null });
    try {
      const { upload, resumed } = await openUpload(files);
      change(key, { uploadId: upload.id, resumed, files: upload.files });
      await sendFiles(upload, files, {
        onReceived: (index, bytes) => received(key, index, bytes),
        onLine: (line) => change(key, { state: STATES[line] }),
        signal: stop.signal,
        pause,
      });
      const job = await completeUpload(upload.id);
      forgetUnfinished(upload.id);
      change(key, { state: "sent", job });
    } catch (error) {
      if (!stop.signal.aborted) {
        change(key, { state: "failed", problem: problemOf(error) });
      }
    }
  };

  return {
    tasks: [],
    start: (groups) => {
      for (const group of groups) {
        counter += 1;
        const key = `upload-${counter}`;
        handles.set(key, { group, stop: new AbortController() });
        const files = group.files.map(({ name, file }) => ({ name, size: file.size, received: 0 }));
        const task: UploadTask = {
          key,
          title: group.title,
          files,
          state: "sending",
          resumed: false,
          uploadId: null,
          job: null,
          problem: null,
        };
        set(({ tasks }) => ({ tasks: [task, ...tasks] }));
        void run(key);
      }
    },
    retry: (key) => void run(key),
    remove: (key) => {
      const task = get().tasks.find((candidate) => candidate.key === key);
      handles.get(key)?.stop.abort();
      handles.delete(key);
      set(({ tasks }) => ({ tasks: tasks.filter((candidate) => candidate.key !== key) }));
      if (task?.uploadId && task.state !== "sent") {
        forgetUnfinished(task.uploadId);
        // Already gone, or the server is: it forgets stale uploads by itself.
        deleteUpload(task.uploadId).catch(() => undefined);
      }
    },
  };
});
