import { readFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import {
  drawnPixels,
  expectAccessible,
  openAnalyzed,
  openWorkbench,
  pictureBox,
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
  await expect(
    page.getByText(/Checked: all places together sum exactly to the score/),
  ).toBeVisible();

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

test("window, zoom, position and layers follow mouse and keys", async ({ page }) => {
  await openWorkbench(page);
  await page.getByLabel("Folder to analyze").setInputFiles(studyFile("slices"));
  await openAnalyzed(page, "slices");
  const pane = page.getByRole("slider", { name: "Image slice" });
  await pane.focus();
  const box = await pane.boundingBox();
  if (!box) {
    throw new Error("the pane has no box");
  }
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const drag = async (button: "left" | "middle" | "right", right: number, down: number) => {
    await page.mouse.move(x, y);
    await page.mouse.down({ button });
    await page.mouse.move(x + right, y + down, { steps: 4 });
    await page.mouse.up({ button });
  };
  await expect.poll(async () => (await pictureBox(pane)).width).toBeGreaterThan(100);
  const first = await pictureBox(pane);
  const expectMoved = async (right: number, down: number, from: typeof first) => {
    await expect.poll(async () => (await pictureBox(pane)).left - from.left).toBeCloseTo(right, -1);
    await expect.poll(async () => (await pictureBox(pane)).top - from.top).toBeCloseTo(down, -1);
  };
  const expectWide = (share: number) =>
    expect.poll(async () => (await pictureBox(pane)).width / first.width).toBeCloseTo(share, 1);

  // Zoom: three presses halve the picture; the wheel with Ctrl brings it back.
  for (let press = 0; press < 3; press++) {
    await page.keyboard.press("-");
  }
  await expectWide(0.5);
  const small = await pictureBox(pane);
  await page.keyboard.press("Control+ArrowRight");
  await expectMoved(40, 0, small);
  await drag("middle", -40, 30);
  await expectMoved(0, 30, small);
  await page.keyboard.down("Space");
  await drag("left", 0, -30);
  await page.keyboard.up("Space");
  await expectMoved(0, 0, small);
  await page.mouse.move(x, y);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -693); // e to the 0.693 is 2
  await page.keyboard.up("Control");
  await expectWide(1);

  // A changed window size fits the picture anew, and keeps what the reader zoomed.
  await page.setViewportSize({ width: 1024, height: 700 });
  await expect.poll(async () => (await pictureBox(pane)).width).toBeLessThan(first.width - 10);
  await page.setViewportSize({ width: 1440, height: 900 });
  await expectWide(1);

  // Window: by the right button, by numbers, by a preset; R brings the first one back.
  const width = page.getByRole("textbox", { name: "Window width" });
  const asImported = Number(await width.inputValue());
  await drag("right", 100, 0);
  await expect.poll(async () => Number(await width.inputValue())).toBeGreaterThan(asImported * 1.2);
  await page.keyboard.press("Shift+2");
  await expect(page.getByRole("combobox", { name: "Window preset" })).toHaveValue("High contrast");
  await page.keyboard.press("r");
  await expect(width).toHaveValue(String(asImported));
  await width.fill("40");
  await width.press("Enter");
  await expect(page.getByRole("combobox", { name: "Window preset" })).toHaveValue("");
  await page.getByRole("button", { name: "Reset view" }).click();
  await expect(width).toHaveValue(String(asImported));

  // Layers: opacity, on and off, and the class by its digit.
  await expect.poll(() => drawnPixels(pane)).toBeGreaterThan(100);
  await page.getByRole("slider", { name: "Opacity of the evidence" }).focus();
  await page.keyboard.press("Home");
  await expect.poll(() => drawnPixels(pane)).toBe(0);
  await page.keyboard.press("End");
  await expect.poll(() => drawnPixels(pane)).toBeGreaterThan(100);
  await page.keyboard.press("g");
  await expect.poll(() => drawnPixels(pane)).toBe(0);
  await page.keyboard.press("o");
  await expect(page.getByRole("switch", { name: "Outline at threshold" })).toBeChecked();
  await page.keyboard.press("4");
  await expect(page.getByRole("radio", { name: /^No tumor/ })).toBeChecked();

  // The report stands in a window that gives the focus back.
  const preview = page.getByRole("button", { name: "Preview" });
  await preview.focus();
  await page.keyboard.press("Enter");
  const report = page.getByRole("dialog", { name: /^Report of/ });
  await expect(report.locator("iframe")).toBeVisible();
  await expect(report.getByRole("button", { name: "Close" })).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(report).toBeHidden();
  await expect(preview).toBeFocused();
});
