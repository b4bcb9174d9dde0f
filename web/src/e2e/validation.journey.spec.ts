import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { expectAccessible, openAnalyzed, openWorkbench, studyFile } from "./workbench.ts";

const INTERVAL = { value: 0.9, low: 0.85, high: 0.95, n: 60, units: 30, few_units: false };
const MEASURE = {
  section: "accuracy",
  unit: "share",
  better: "higher",
  how: "Counted.",
  interval: INTERVAL,
};
const SHEET = {
  name: "evidence",
  model_id: "aaaaaaaaaaaa",
  kind: "evidence",
  input_size: 160,
  temperature: 1.2,
  notes: [],
  measures: [
    { ...MEASURE, name: "balanced accuracy" },
    { ...MEASURE, section: "reasons", name: "right for the wrong reason", better: "lower" },
  ],
  curves: [
    {
      section: "robustness",
      name: "Noise",
      x_name: "sd",
      y_name: "accuracy",
      x: [0, 1, 2],
      y: [0.9, 0.8, 0.5],
    },
  ],
  tables: [],
  flags: [],
};
const AUDIT = {
  schema: "neuroscope/model-audit/1",
  data: { name: "test", pictures: 60, patients: 30, grouped_by: "patient", with_mask: 40 },
  models: [SHEET, { ...SHEET, name: "ResNet-18", model_id: "bbbbbbbbbbbb" }],
  comparisons: [],
  answer: ["Accuracy alone does not tell."],
  not_done: [],
  cautions: [],
};

/** Say what the first picture of the open study shows, as the drawing panel does. */
async function answerFirst(page: Page): Promise<void> {
  const study = new URL(page.url()).pathname.split("/").at(-1);
  const status = await page.evaluate(async (id) => {
    const { series } = await (await fetch(`/api/studies/${id}`)).json();
    const place = `/api/studies/${id}/series/${series[0].id}/label`;
    const body = JSON.stringify({ label: "pituitary", slice_index: 0 });
    const headers = { "content-type": "application/json" };
    return (await fetch(place, { method: "PUT", body, headers })).status;
  }, study);
  expect(status).toBe(200);
}

test("slices are filtered by a click, judged by a key, kept as a view and taken away", async ({
  page,
}) => {
  await openWorkbench(page);
  await page.getByLabel("Folder to analyze").setInputFiles(studyFile("slices"));
  await openAnalyzed(page, "slices");
  await answerFirst(page);

  await page.getByRole("link", { name: "Validation", exact: true }).click();
  const cells = page.getByRole("gridcell");
  await expect(cells.first().locator("canvas[data-drawn]")).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: /^Readers: Pituitary tumor, .* 1 slice$/ }).click();
  await expect(cells).toHaveCount(1);
  await page.getByRole("grid", { name: "Slices" }).focus();
  // A verdict is on what is in sight: a key pressed before the slice has come says nothing.
  await expect(page.getByRole("button", { name: /^Artefact/ })).toBeVisible();
  await page.keyboard.press("3");
  await expect(page.getByRole("button", { name: /^Artefact/, pressed: true })).toBeVisible();
  await expect(cells.first()).toHaveAccessibleName(/you said artefact/);
  await page.getByLabel("Note").fill("Beside the tumor");
  await page.getByRole("button", { name: "Save the note" }).click();
  await expect(page.getByRole("button", { name: "Save the note" })).toHaveCount(0);
  await expectAccessible(page);

  const view = `Pituitary ${Date.now()}`;
  await page.getByRole("button", { name: "Keep this view…" }).click();
  await page.getByLabel("Name of the view").fill(view);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "All slices", exact: true }).click();
  await expect(cells.nth(1)).toBeVisible();
  await page.reload();
  await page.getByRole("button", { name: view, exact: true }).click();
  await expect(cells).toHaveCount(1);

  const [table] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export table" }).click(),
  ]);
  const lines = readFileSync(await table.path(), "utf8")
    .trim()
    .split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain("artefact,Beside the tumor");

  await page.getByRole("link", { name: "Model comparison" }).click();
  await page.locator("input[type=file]").setInputFiles({
    name: "model-audit.json",
    mimeType: "application/json",
    buffer: Buffer.from(JSON.stringify(AUDIT)),
  });
  await expect(page.getByRole("region", { name: "Answer" })).toContainText("does not tell");
  await expectAccessible(page);

  await page.getByRole("link", { name: "Slices", exact: true }).click();
  await expect(cells.first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/studies\/\w+\?series=\w+&(slice=\d+|at=[-\d.,]+)/);
  await expect(page.locator("[data-shown=true]").first()).toBeVisible();
});
