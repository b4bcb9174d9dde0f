/**
 * Tells how fast the 3D view of a study draws in this browser: node space-frames.mjs LINK STUDY.
 *
 * LINK is what `neuroscope serve` prints. Prints JSON: milliseconds of each drawing, in motion and at
 * rest, and from one drawing to the next, while a hand turns the head and while it is flown around.
 */
import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";

const [link, study] = process.argv.slice(2);
const SETTLE_MS = 8000; // the server loads its networks meanwhile
const FLIGHT_MS = 8000;
const MOVES = 120;
const AT_REST = 5;

const found = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? found.find(existsSync),
  args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });

/** What was drawn since the last call: when, and for how long. */
async function drawn(kind) {
  const spans = await page.evaluate((name) => {
    const entries = performance.getEntriesByName(name).map((e) => [e.startTime, e.duration]);
    performance.clearMeasures(name);
    return entries;
  }, `neuroscope:${kind}`);
  return {
    draw_ms: spans.map(([, duration]) => duration),
    apart_ms: spans.slice(1).map(([start], n) => start - spans[n][0]),
  };
}

await page.goto(link);
await page.getByRole("heading", { name: "Worklist" }).waitFor();
const begun = performance.now();
await page.goto(`${new URL(page.url()).origin}/studies/${study}`);
const space = page.getByRole("application", { name: "3D" });
await page.locator('[role=application][aria-label="3D"][data-shown=true]').waitFor();
const shown_s = (performance.now() - begun) / 1000;
await page.waitForTimeout(SETTLE_MS);

const box = await space.boundingBox();
const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
await page.mouse.move(x, y);
await page.mouse.down();
await drawn("motion");
for (let n = 1; n <= MOVES; n += 1) {
  await page.mouse.move(x + n, y + 30 * Math.sin(n / 15));
  await page.waitForTimeout(16);
}
await page.mouse.up();
const turned = await drawn("motion");

await drawn("rest");
await page.waitForTimeout(1500);
for (let n = 0; n < AT_REST; n += 1) {
  await space.focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForTimeout(1500);
}
const rested = await drawn("rest");

await space.focus();
await drawn("motion");
await page.keyboard.press("f");
await page.waitForTimeout(FLIGHT_MS);
const flown = await drawn("motion");
const size = await space
  .locator("canvas")
  .first()
  .evaluate((c) => [c.clientWidth, c.clientHeight]);
await browser.close();
process.stdout.write(`${JSON.stringify({ shown_s, turned, flown, rested, size })}\n`);
