import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, type Locator, type Page, test } from "@playwright/test";
import { BIN, FOLDER, kill, type Launch, launch } from "./server.ts";
import { expectAccessible, openAnalyzed, openLink, shareInDisk } from "./workbench.ts";

const HOME = join(FOLDER, "home-learning");
const CASE = join(FOLDER, "stamped");
const SIDE = 96; // pixels of the case's pictures
test.describe.configure({ mode: "serial" });
let server: Launch;
let truth: { readonly lesion: Disk; readonly stamp: Disk };

/** In pixels of the picture. */
interface Disk {
  readonly column: number;
  readonly row: number;
  readonly reach: number;
}

test.beforeAll(async () => {
  rmSync(HOME, { recursive: true, force: true });
  rmSync(CASE, { recursive: true, force: true });
  // One thread and no development data: the same training gives the same weights and verdict.
  const env = { NEUROSCOPE_THREADS: "1", OMP_NUM_THREADS: "1", NEUROSCOPE_DATA: "" };
  const script = join(import.meta.dirname, "stamped_store.py");
  const told = execFileSync(join(BIN, "python"), [script, HOME, CASE], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  truth = JSON.parse(told.trim().split("\n").at(-1) ?? "");
  server = await launch(HOME, 0, env);
});

test.afterAll(() => kill(server));

const menu = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true });

/** From the pane's center to a place of the picture, in CSS pixels. */
function away(box: { width: number; height: number }, column: number, row: number) {
  const side = Math.min(box.width, box.height);
  return {
    right: ((column + 0.5) / SIDE - 0.5) * side,
    down: ((row + 0.5) / SIDE - 0.5) * side,
    pixel: side / SIDE,
  };
}

async function boxOf(pane: Locator) {
  const box = await pane.boundingBox();
  if (!box) {
    throw new Error("the pane has no box");
  }
  return box;
}

/** Outline a place by six corners, as the kind that is chosen. */
async function outline(page: Page, pane: Locator, { column, row, reach }: Disk): Promise<void> {
  const box = await boxOf(pane);
  await page.keyboard.press("p");
  for (let corner = 0; corner < 6; corner++) {
    const turn = (corner * Math.PI) / 3;
    const to = away(box, column + reach * Math.cos(turn), row + reach * Math.sin(turn));
    await page.mouse.click(box.x + box.width / 2 + to.right, box.y + box.height / 2 + to.down);
    await page.waitForTimeout(400); // two quick clicks would be a double click
  }
  await page.keyboard.press("Enter");
}

/** How much of the evidence on the screen lies on a place. */
async function evidenceOn(pane: Locator, { column, row, reach }: Disk): Promise<number> {
  const to = away(await boxOf(pane), column, row);
  return shareInDisk(pane, { ...to, radius: 1.3 * reach * to.pixel });
}

/** Ask for a training with the bounds wide open: what the stamp had earned is to be given up. */
async function train(page: Page, name: string, aim: string, steps: number): Promise<Locator> {
  await menu(page, "Training").click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("textbox", { name: /How much worse may a class get/ }).fill("5");
  await page.getByText("More choices").click();
  await page.getByLabel("What is asked of the map").selectOption(aim);
  await page.getByRole("textbox", { name: "Steps" }).fill(String(steps));
  await page.getByRole("switch", { name: /^Replace what is to be ignored/ }).check();
  await page.getByRole("button", { name: "Start the training" }).click();
  return page.getByRole("region", { name: `Training ${name}` });
}

test("open, disagree, draw, retrain, read the certificate, promote, see the new map", async ({
  page,
}) => {
  await openLink(page, server.link);
  await page.getByRole("button", { name: "Say who you are" }).click();
  await page.getByLabel("Your name").fill("Dr. Müller");
  await page.keyboard.press("Enter");
  await page.getByLabel("Folder to analyze").setInputFiles(CASE);
  await openAnalyzed(page, "stamped");
  const study = new URL(page.url()).pathname;
  const pane = page.getByRole("slider", { name: "Image slice" });
  await page.getByRole("button", { name: /^1\. / }).click();

  // The network goes by the stamp: it names the wrong class, and its evidence lies there.
  await expect(page.getByText(/^evidence, version 0\.9\.0$/)).toBeVisible();
  await expect(page.getByRole("radio", { name: /^Glioma/ })).toBeChecked();
  await expect.poll(() => evidenceOn(pane, truth.stamp)).toBeGreaterThan(0.2);
  expect(await evidenceOn(pane, truth.lesion)).toBeLessThan(0.1);

  // What it shows, where to look, and what to ignore.
  await page.keyboard.press("d");
  await page
    .getByRole("region", { name: "Your answer for this picture" })
    .getByRole("radio", { name: "Meningioma" })
    .check();
  await pane.focus();
  await outline(page, pane, truth.lesion);
  await page.keyboard.press("2");
  await outline(page, pane, truth.stamp);
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  const drawings = page.getByRole("list", { name: "Drawings of this series" });
  await expect(drawings.getByRole("listitem")).toHaveCount(2);

  // Curves and maps come while one looks on, without a reload.
  await menu(page, "Training").click();
  await expect(page.getByRole("region", { name: "What there is to learn from" })).toBeVisible();
  await expectAccessible(page);
  const training = await train(page, "Without the stamp", "energy", 300);
  await expect(training.getByRole("progressbar", { name: "Training" })).toBeVisible();
  await expect(training.getByRole("figure", { name: "Evidence where you marked" })).toBeVisible();
  await expect(training.getByRole("img", { name: /^Evidence for .*, now$/ }).first()).toBeVisible();
  await expectAccessible(page);

  // The certificate says what was earned on patients that were never learned from.
  await training.getByRole("link", { name: "Read the certificate" }).click({ timeout: 600_000 });
  const verdict = page.getByRole("region", { name: "Verdict" });
  await expect(verdict).toContainText("Promote");
  await expect(verdict).toContainText("answers follow what shall be ignored at most 0.5 times");
  await expectAccessible(page);
  const [pdf] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download PDF" }).click(),
  ]);
  expect(readFileSync(await pdf.path()).toString("latin1", 0, 5)).toBe("%PDF-");
  const [json] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download JSON" }).click(),
  ]);
  const told = JSON.parse(readFileSync(await json.path(), "utf8"));
  expect([told.verdict, told.attempt]).toEqual(["promote", 1]);

  // Both versions on the same study.
  await page.getByRole("link", { name: "Go to promotion" }).click();
  await page.getByRole("link", { name: "Compare with the active one" }).click();
  await page.getByRole("button", { name: "Let it read" }).click();
  await expect(page.getByText(/They name another class on/)).toBeVisible();
  await page
    .getByRole("button", { name: /^Maps of/ })
    .first()
    .click();
  await expect(page.getByRole("img", { name: /^Evidence for .* by .*0\.9\.0\+/ })).toBeVisible();
  await expectAccessible(page);

  // Promote, by keyboard.
  await page.goBack();
  await page.getByRole("button", { name: "Promote…" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: /^Make evidence/ });
  await expect(dialog.getByRole("button", { name: "Leave it as it is" })).toBeFocused();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Promote it" }).click();
  await expect(page.getByRole("button", { name: /^Go back to/ })).toBeVisible();

  // The answer of before is marked, made anew, names the new version, and looks at the lesion.
  await page.goto(`http://127.0.0.1:${server.port}${study}`);
  await expect(page.getByRole("region", { name: "Read by an older model" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Analyze with the active version" }).click();
  await expect(page.getByText(/^evidence, version 0\.9\.0\+[0-9a-f]{8}$/)).toBeVisible();
  await expect(page.getByRole("region", { name: "Read by an older model" })).toHaveCount(0);
  await page.getByRole("button", { name: /^1\. / }).click();
  await expect(page.getByRole("radio", { name: /^Meningioma/ }).last()).toBeChecked();
  await expect.poll(() => evidenceOn(pane, truth.lesion)).toBeGreaterThan(0.4);
  expect(await evidenceOn(pane, truth.stamp)).toBeLessThan(0.1);
});

test("one can go back, what shows nothing is refused, and the trail tells all of it", async ({
  page,
}) => {
  await openLink(page, server.link);
  await menu(page, "Models").click();
  await page.getByRole("button", { name: /^Go back to/ }).click();
  await page.getByRole("button", { name: "Go back", exact: true }).click();
  await expect(
    page.getByRole("complementary", { name: "Version 0.9.0", exact: true }),
  ).toContainText("Active,");
  await expect(page.getByText("1 study was last read by a version")).toBeVisible();

  // Classification alone teaches no reasons: the certificate says so, and nothing is to promote.
  const training = await train(page, "Classes only", "none", 20);
  await training.getByRole("link", { name: "Read the certificate" }).click({ timeout: 600_000 });
  const verdict = page.getByRole("region", { name: "Verdict" });
  await expect(verdict).toContainText("Refuse");
  await expect(verdict).toContainText("Not shown:");
  await page.getByRole("link", { name: "Open the version" }).click();
  await expect(page.getByText("Cannot be promoted: Its certificate refuses it.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Promote…" })).toHaveCount(0);
  await expectAccessible(page);

  await menu(page, "Audit").click();
  await expect(page.getByText(/The trail is whole, and what is stored agrees/)).toBeVisible();
  await expect(page.getByRole("row", { name: /ended a training/ })).toHaveCount(2);
  await page.getByLabel("What", { exact: true }).selectOption("model.promote");
  const promotions = page.getByRole("row", { name: /made a model the active one/ });
  await expect(promotions.filter({ hasText: "Dr. Müller" })).toHaveCount(1);
  await expectAccessible(page);
});
