import { readFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import {
  drawnPixels,
  expectAccessible,
  openAnalyzed,
  openWorkbench,
  studyFile,
} from "./workbench.ts";

test("a folder of PNG slices becomes findings, evidence and a report", async ({ page }) => {
  await openWorkbench(page);
  await expectAccessible(page);
  await page.getByLabel("Folder to analyze").setInputFiles(studyFile("slices"));
  await openAnalyzed(page, "slices");
  await expectAccessible(page);

  // Probabilities of all four classes that sum to one.
  const meters = page.getByRole("meter");
  await expect(meters).toHaveCount(4);
  const shares = await meters.evaluateAll((all) =>
    all.map((one) => (one as HTMLMeterElement).value),
  );
  expect(shares.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 3);

  // Evidence is drawn, hides while H is held, and changes with the class.
  const pane = page.getByRole("slider", { name: "Image slice" });
  await expect.poll(() => drawnPixels(pane)).toBeGreaterThan(100);
  await page.keyboard.down("h");
  await expect.poll(() => drawnPixels(pane)).toBe(0);
  await page.keyboard.up("h");
  await expect.poll(() => drawnPixels(pane)).toBeGreaterThan(100);
  await page.getByRole("radio", { name: /^No tumor/ }).check();
  await expect(page.getByText("for No tumor")).toBeVisible();
  await expect(page.getByText(/sum exactly to the score/)).toBeVisible();

  // Slices by keyboard and by the list.
  await pane.focus();
  await page.keyboard.press("Home");
  await expect(pane).toHaveAttribute("aria-valuenow", "1");
  await page.keyboard.press("ArrowDown");
  await expect(pane).toHaveAttribute("aria-valuenow", "2");
  await page.getByRole("button", { name: /^3\. / }).click();
  await expect(pane).toHaveAttribute("aria-valuenow", "3");

  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys and gestures" })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download PDF" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^neuroscope-\w+\.pdf$/);
  const pdf = readFileSync(await download.path());
  expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
});
