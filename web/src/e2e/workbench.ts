import { readFileSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";

export function studyFile(...parts: string[]): string {
  return join(process.env.JOURNEY_FOLDER ?? "", "studies", ...parts);
}

export function readTruth(): { side: string; center_mm: [number, number, number] } {
  return JSON.parse(readFileSync(studyFile("volume", "truth.json"), "utf8"));
}

/** Open the page as the link of the server does: with the token, once. */
export async function openWorkbench(page: Page): Promise<void> {
  const { JOURNEY_PORT: port, JOURNEY_TOKEN: token } = process.env;
  await openLink(page, `http://127.0.0.1:${port}/?token=${token}`);
}

export async function openLink(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await expect(page.getByRole("heading", { name: "Worklist" })).toBeVisible();
  expect(page.url()).not.toContain("token");
}

/** No serious barrier for people who use the page in another way, and the warning in sight. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = serious.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`,
  );
  expect(told).toEqual([]);
  await expect(page.getByText("Research use only. Not a medical device.")).toBeVisible();
}

/** Drop files or folders of this disk onto the page, as a person does: with entries, not only bytes. */
export async function dropOnPage(page: Page, paths: readonly string[]): Promise<void> {
  const browser = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  const send = (type: "dragEnter" | "dragOver" | "drop") =>
    browser.send("Input.dispatchDragEvent", { type, x: 400, y: 500, data });
  const veil = page.getByText("Let go to add these studies");
  // A drop that comes before the page has answered the drag is refused: then the hand tries again.
  await expect(async () => {
    await send("dragEnter");
    await send("dragOver");
    await expect(veil).toBeVisible({ timeout: 5_000 });
    await send("dragOver");
    await send("drop");
    await expect(veil).toBeHidden({ timeout: 5_000 });
  }).toPass({ timeout: 90_000 });
}

export function upload(page: Page, title: string): Locator {
  return page.getByRole("region", { name: `Upload of ${title}` });
}

/** Wait for the work on an upload to end, and open its study. */
export async function openAnalyzed(page: Page, title: string): Promise<void> {
  const card = upload(page, title);
  // Another journey may have brought the same images before.
  await expect(card.getByText(/Imported and analyzed|were here already/)).toBeVisible({
    timeout: 400_000,
  });
  await card.getByRole("link", { name: "Open the study" }).click();
  await expect(page.locator("[data-shown=true]").first()).toBeVisible();
}

/** Show what the network says; where the study was measured in space, it stands behind a tab. */
export async function openFinding(page: Page): Promise<void> {
  const tab = page.locator("label", { hasText: /^Finding$/ });
  const meters = page.getByRole("meter");
  // The tabs come with the measurements, which may arrive after the finding was there.
  await expect(async () => {
    if (await tab.isVisible()) {
      await tab.click();
    }
    await expect(meters.first()).toBeVisible({ timeout: 1000 });
    await page.waitForTimeout(1500);
    await expect(meters.first()).toBeVisible({ timeout: 100 });
  }).toPass({ timeout: 60_000 });
}

/** How many pixels of a pane's overlay are drawn at all. */
export function drawnPixels(pane: Locator): Promise<number> {
  return pane
    .locator("canvas")
    .last()
    .evaluate((node) => {
      const canvas = node as HTMLCanvasElement;
      const context = canvas.getContext("2d");
      const rgba = context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let drawn = 0;
      for (let at = 3; at < rgba.length; at += 4) {
        drawn += (rgba[at] ?? 0) > 0 ? 1 : 0;
      }
      return drawn;
    });
}

/**
 * Which share of a pane's overlay, weighted by how opaque it is, lies in a disk around a place given
 * in CSS pixels from the pane's center.
 */
export function shareInDisk(
  pane: Locator,
  disk: { right: number; down: number; radius: number },
): Promise<number> {
  return pane
    .locator("canvas")
    .last()
    .evaluate((node, { right, down, radius }) => {
      const canvas = node as HTMLCanvasElement;
      const ratio = canvas.width / canvas.clientWidth;
      const [x, y] = [canvas.width / 2 + right * ratio, canvas.height / 2 + down * ratio];
      const context = canvas.getContext("2d");
      const rgba = context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let [inside, all] = [0, 0];
      for (let at = 0; at < rgba.length / 4; at++) {
        const alpha = rgba[at * 4 + 3] ?? 0;
        const [row, column] = [Math.floor(at / canvas.width), at % canvas.width];
        all += alpha;
        inside += Math.hypot(column - x, row - y) <= radius * ratio ? alpha : 0;
      }
      return all === 0 ? 0 : inside / all;
    }, disk);
}

/** Where the picture is brighter than its background on the screen, in CSS pixels. */
export function pictureBox(
  pane: Locator,
): Promise<{ left: number; top: number; width: number; height: number }> {
  return pane
    .locator("canvas")
    .first()
    .evaluate((node) => {
      const canvas = node as HTMLCanvasElement;
      const copy = document.createElement("canvas");
      [copy.width, copy.height] = [canvas.width, canvas.height];
      const context = copy.getContext("2d");
      context?.drawImage(canvas, 0, 0);
      const rgba = context?.getImageData(0, 0, copy.width, copy.height).data ?? [];
      const [columns, rows]: [number[], number[]] = [[], []];
      for (let at = 0; at < rgba.length / 4; at++) {
        if ((rgba[at * 4] ?? 0) > 60) {
          columns.push(at % copy.width);
          rows.push(Math.floor(at / copy.width));
        }
      }
      const ratio = canvas.width / canvas.clientWidth;
      const least = (all: number[]) => all.reduce((a, b) => Math.min(a, b), Infinity) / ratio;
      const most = (all: number[]) => all.reduce((a, b) => Math.max(a, b), 0) / ratio;
      const [left, top] = [least(columns), least(rows)];
      return { left, top, width: most(columns) - left, height: most(rows) - top };
    });
}

/**
 * How much the gray values vary on the screen in a disk of a pane, around a place given in CSS
 * pixels from the pane's center. Read from what is drawn, not from what the page believes.
 */
export function grayDeviation(
  pane: Locator,
  disk: { right: number; down: number; radius: number },
): Promise<number> {
  return pane
    .locator("canvas")
    .first()
    .evaluate((node, { right, down, radius }) => {
      const canvas = node as HTMLCanvasElement;
      const ratio = canvas.width / canvas.clientWidth;
      const copy = document.createElement("canvas");
      [copy.width, copy.height] = [canvas.width, canvas.height];
      const context = copy.getContext("2d");
      context?.drawImage(canvas, 0, 0);
      const x = canvas.width / 2 + (right - radius) * ratio;
      const y = canvas.height / 2 + (down - radius) * ratio;
      const side = Math.round(2 * radius * ratio);
      const rgba = context?.getImageData(Math.round(x), Math.round(y), side, side).data ?? [];
      const grays: number[] = [];
      for (let at = 0; at < rgba.length / 4; at++) {
        const [row, column] = [Math.floor(at / side), at % side];
        if (Math.hypot(row - side / 2, column - side / 2) <= side / 2) {
          grays.push(rgba[at * 4] ?? 0);
        }
      }
      const mean = grays.reduce((sum, gray) => sum + gray, 0) / grays.length;
      return Math.sqrt(grays.reduce((sum, gray) => sum + (gray - mean) ** 2, 0) / grays.length);
    }, disk);
}
