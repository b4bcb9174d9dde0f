import { beforeEach, expect, it, vi } from "vitest";
import type { Line } from "../client/api.ts";
import { CHUNK_BYTES, sendFiles, type Upload, type Watcher } from "./uploads.ts";

/** The promise of the server's upload routes: bytes are appended, a wrong offset is told. */
class UploadServer {
  readonly held: number[];
  failures = 0;
  refusals = 0;
  readonly offsets: number[] = [];

  constructor(held: number[]) {
    this.held = held;
  }

  async answer(request: Request): Promise<Response> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new TypeError("fetch failed");
    }
    if (this.refusals > 0) {
      this.refusals -= 1;
      return Response.json({ title: "Not signed in", detail: "No token." }, { status: 401 });
    }
    const url = new URL(request.url);
    const index = Number(/files\/(\d+)/.exec(url.pathname)?.[1]);
    const offset = Number(url.searchParams.get("offset"));
    this.offsets.push(offset);
    const received = this.held[index] ?? 0;
    if (offset !== received) {
      const problem = { title: "Conflict", detail: "Wrong offset.", fix: "Go on there.", received };
      return Response.json({ ...problem, status: 409, type: "x" }, { status: 409 });
    }
    this.held[index] = received + (await request.arrayBuffer()).byteLength;
    return Response.json({ received: this.held[index], size: 0 });
  }
}

function upload(files: { name: string; size: number; received: number }[]): Upload {
  return {
    id: "u1",
    created: "2026-01-01T00:00:00Z",
    state: "open",
    job_id: null,
    files: files.map((file, index) => ({ index, ...file })),
  };
}

function watcher(): Watcher & { readonly lines: Line[] } {
  const lines: Line[] = [];
  return {
    lines,
    onReceived: () => undefined,
    onLine: (line) => lines.push(line),
    signal: new AbortController().signal,
    pause: () => Promise.resolve(),
  };
}

const file = (size: number) => new File([new Uint8Array(size)], "t1c.nii");
let server: UploadServer;

beforeEach(() => {
  server = new UploadServer([0]);
  vi.stubGlobal("fetch", (request: Request) => server.answer(request));
});

it("a file travels in chunks of at most 4 MiB", async () => {
  const size = 2 * CHUNK_BYTES + 5;
  const given = [{ name: "t1c.nii", file: file(size) }];
  await sendFiles(upload([{ name: "t1c.nii", size, received: 0 }]), given, watcher());
  expect(server.offsets).toEqual([0, CHUNK_BYTES, 2 * CHUNK_BYTES]);
  expect(server.held).toEqual([size]);
});

it("an upload goes on where the server says it stopped", async () => {
  server.held[0] = 600;
  const given = [{ name: "t1c.nii", file: file(1000) }];
  await sendFiles(upload([{ name: "t1c.nii", size: 1000, received: 600 }]), given, watcher());
  expect(server.offsets).toEqual([600]);
  expect(server.held).toEqual([1000]);
});

it("a broken line is waited for, and told", async () => {
  server.failures = 2;
  const watch = watcher();
  const given = [{ name: "t1c.nii", file: file(1000) }];
  await sendFiles(upload([{ name: "t1c.nii", size: 1000, received: 0 }]), given, watch);
  expect(server.held).toEqual([1000]);
  expect(watch.lines).toEqual(["lost", "lost", "open"]);
});

it("a server that was started anew is waited for until its link was opened", async () => {
  server.held[0] = 600; // kept over the restart
  server.refusals = 2;
  const watch = watcher();
  const given = [{ name: "t1c.nii", file: file(1000) }];
  await sendFiles(upload([{ name: "t1c.nii", size: 1000, received: 600 }]), given, watch);
  expect(server.offsets).toEqual([600]);
  expect(watch.lines).toEqual(["signed out", "signed out", "open"]);
});

it("bytes that arrived although the answer was lost are not sent twice", async () => {
  server.held[0] = 400; // the server knows of 400, the page of none
  const given = [{ name: "t1c.nii", file: file(1000) }];
  await sendFiles(upload([{ name: "t1c.nii", size: 1000, received: 0 }]), given, watcher());
  expect(server.offsets).toEqual([0, 400]);
  expect(server.held).toEqual([1000]);
});
