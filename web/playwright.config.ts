import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";

// The configuration is read by every process of a run: the first one chooses the folder.
process.env.JOURNEY_FOLDER ??= mkdtempSync(join(tmpdir(), "neuroscope-journeys-"));

const chromium =
  process.env.CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

/** Journeys of a reader through the real page, the real server and the real network. */
export default defineConfig({
  testDir: "src/e2e",
  outputDir: "test-results",
  workers: 1, // one worker process of the server does the work of all
  timeout: 600_000,
  expect: { timeout: 120_000 },
  reporter: [["list"]],
  use: {
    actionTimeout: 120_000,
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
    launchOptions: {
      ...(chromium ? { executablePath: chromium } : {}),
      args: [
        "--no-sandbox",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  webServer: {
    command: "bash src/e2e/serve.sh",
    env: { JOURNEY_FOLDER: process.env.JOURNEY_FOLDER },
    // Port and token are new for every launch: they are read from what the server prints.
    wait: {
      stdout: /http:\/\/127\.0\.0\.1:(?<journey_port>\d+)\/\?token=(?<journey_token>[\w-]+)/,
    },
    timeout: 900_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 10_000 },
  },
});
