import { answer, api, brokenLine, type Line, ProblemError, type Schemas } from "../client/api.ts";
import type { Job } from "./jobs.ts";

export type Upload = Schemas["UploadOut"];

/** A file as the reader gave it; `name` holds the path inside its folder. */
export interface GivenFile {
  readonly name: string;
  readonly file: File;
}

export const CHUNK_BYTES = 4 * 1024 * 1024;
const AT_ONCE = 3;

export interface Watcher {
  /** Called with the bytes of one file that are safe on the server. */
  readonly onReceived: (index: number, received: number) => void;
  /** Called when the line broke, and when it is back. */
  readonly onLine: (line: Line) => void;
  readonly signal: AbortSignal;
  /** Wait before asking again; replaced in tests. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

export function createUpload(files: readonly GivenFile[]): Promise<Upload> {
  const body = { files: files.map(({ name, file }) => ({ name, size: file.size })) };
  return answer(api.POST("/api/uploads", { body }));
}

/** What the server holds of an upload; null if it knows none, or it is complete. */
export async function findUpload(uploadId: string): Promise<Upload | null> {
  try {
    const upload = await answer(
      api.GET("/api/uploads/{upload_id}", { params: { path: { upload_id: uploadId } } }),
    );
    return upload.state === "open" ? upload : null;
  } catch (error) {
    if (error instanceof ProblemError && [404, 422].includes(error.problem.status)) {
      return null;
    }
    throw error;
  }
}

export function completeUpload(uploadId: string): Promise<Job> {
  return answer(
    api.POST("/api/uploads/{upload_id}/complete", { params: { path: { upload_id: uploadId } } }),
  );
}

export async function deleteUpload(uploadId: string): Promise<void> {
  await answer(
    api.DELETE("/api/uploads/{upload_id}", { params: { path: { upload_id: uploadId } } }),
  );
}

async function sendChunk(
  uploadId: string,
  index: number,
  offset: number,
  chunk: Blob,
  signal: AbortSignal,
): Promise<number> {
  const { received } = await answer(
    api.PUT("/api/uploads/{upload_id}/files/{index}", {
      signal,
      params: { path: { upload_id: uploadId, index }, query: { offset } },
      body: chunk as unknown as string, // OpenAPI calls raw bytes a string
      bodySerializer: () => chunk,
      headers: { "Content-Type": "application/octet-stream" },
    }),
  );
  return received;
}

function trueOffset(error: unknown): number | null {
  const isConflict = error instanceof ProblemError && error.problem.status === 409;
  return isConflict ? (error.problem.received ?? null) : null;
}

/** Tell where to go on after a chunk that failed, once it is time to; throws what waiting does not mend. */
async function recover(
  error: unknown,
  { offset, tries, watcher }: { offset: number; tries: number; watcher: Watcher },
): Promise<number> {
  const held = trueOffset(error);
  const line = brokenLine(error);
  if (held === null && line === null) {
    throw error;
  }
  if (held === null || held === offset) {
    watcher.onLine(line ?? "lost");
    await watcher.pause(Math.min(1000 * 2 ** tries, 15_000));
  }
  return held ?? offset;
}

async function sendFile(
  upload: Upload,
  index: number,
  file: File,
  watcher: Watcher,
): Promise<void> {
  let offset = upload.files[index]?.received ?? 0;
  let tries = 0;
  while (offset < file.size) {
    watcher.signal.throwIfAborted();
    try {
      const chunk = file.slice(offset, offset + CHUNK_BYTES);
      offset = await sendChunk(upload.id, index, offset, chunk, watcher.signal);
      if (tries > 0) {
        watcher.onLine("open");
      }
      tries = 0;
    } catch (error) {
      offset = await recover(error, { offset, tries, watcher });
      tries += 1;
    }
    watcher.onReceived(index, offset);
  }
}

/** Send what the server does not hold yet, a few files at a time; goes on by itself when the line is back. */
export async function sendFiles(
  upload: Upload,
  files: readonly GivenFile[],
  watcher: Watcher,
): Promise<void> {
  const waiting = files.map((given, index) => ({ ...given, index }));
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await sendFile(upload, next.index, next.file, watcher);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, files.length) }, worker));
}
