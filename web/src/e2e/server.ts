import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const FOLDER = process.env.JOURNEY_FOLDER ?? "";
export const BIN = join(import.meta.dirname, "../../../.venv/bin");

export interface Launch {
  readonly process: ChildProcess;
  readonly link: string;
  readonly port: number;
}

/** A server of its own, with a store of its own, so that the one of the other journeys lives on. */
export async function launch(
  home: string,
  port = 0,
  settings: Readonly<Record<string, string>> = {},
): Promise<Launch> {
  const server = spawn(join(BIN, "neuroscope"), ["serve", "--port", String(port), "--no-browser"], {
    env: { ...process.env, ...settings, NEUROSCOPE_HOME: home },
  });
  for await (const line of createInterface(server.stdout)) {
    const [link, chosen] = /http:\/\/127\.0\.0\.1:(\d+)\/\?token=[\w-]+/.exec(line) ?? [];
    if (link) {
      server.stdout.resume();
      return { process: server, link, port: Number(chosen) };
    }
  }
  throw new Error("neuroscope serve ended without a link");
}

/** No farewell: as when the machine loses its power. The worker ends when its parent is gone. */
export async function kill({ process: server }: Launch): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) {
    return;
  }
  const ended = once(server, "exit");
  server.kill("SIGKILL");
  await ended;
}
