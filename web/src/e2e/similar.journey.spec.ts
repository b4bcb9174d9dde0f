import { expect, type Page, test } from "@playwright/test";
import {
  dropOnPage,
  expectAccessible,
  openAnalyzed,
  openWorkbench,
  studyFile,
} from "./workbench.ts";

/** Pictures to judge by eye: JOURNEY_SHOTS names their folder. */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.JOURNEY_SHOTS;
  for (const width of folder ? [1024, 1440] : []) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${folder}/${name}-${width}.png` });
  }
}

test("a reader finds a past case, compares it, judges it, and goes to the map of all", async ({
  page,
}) => {
  await openWorkbench(page);
  // The same heads twice, under two patients: the second finds the first.
  await page.getByLabel("Folder to analyze").setInputFiles(studyFile("slices"));
  await openAnalyzed(page, "slices");
  await page.getByRole("link", { name: "Worklist" }).click();
  await dropOnPage(page, [studyFile("dropped")]);
  await openAnalyzed(page, "dropped");

  const panel = page.getByRole("region", { name: "Similar past cases" });
  const cards = panel.getByRole("list", { name: "Similar past cases" }).getByRole("listitem");
  await expect(cards.first()).toBeVisible();
  await expect(cards.first().getByText(/Similarity 1\.00/)).toBeVisible();
  await expect(cards.first().getByText(/probably the same picture/)).toBeVisible();
  await expect(cards.first().getByText(/^Alike: /)).toBeVisible();
  await expect(panel.getByText(/not for diagnosis/)).toBeVisible();
  await expect(cards.first().getByRole("img")).toBeVisible();
  await panel.scrollIntoViewIfNeeded();
  await shot(page, "panel");
  await expectAccessible(page);

  // Side by side, with one window for both.
  await cards
    .first()
    .getByRole("button", { name: /^Compare with/ })
    .click();
  const dialog = page.getByRole("dialog", { name: "Side by side" });
  await expect(dialog.getByRole("img", { name: /bring to the similarity/ })).toHaveCount(2);
  const black = dialog.getByRole("slider", { name: "Shown black" });
  await black.focus();
  await page.keyboard.press("ArrowRight");
  await expect(black).not.toHaveAttribute("aria-valuenow", "0");
  await shot(page, "compare");
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  // A judgment orders the cases at once; taken back, nothing is left of it.
  const relevant = cards.first().getByRole("button", { name: /^Relevant/ });
  await relevant.click();
  await expect(relevant).toHaveAttribute("aria-pressed", "true");
  await expect(panel.getByText(/Ordered by your marks/)).toBeVisible();
  await relevant.click();
  await expect(panel.getByText(/Ordered by your marks/)).toBeHidden();

  // What nothing fulfills is said.
  const filter = panel.getByRole("textbox", { name: "Only cases with" });
  await filter.fill("age=90");
  await filter.press("Enter");
  await expect(panel.getByText(/fulfills all conditions/)).toBeVisible();
  await filter.fill("");
  await filter.press("Enter");
  await expect(cards.first()).toBeVisible();

  // All slices on a map; those inside an outline go to the validation page.
  await page.getByRole("link", { name: "Cohort" }).click();
  const map = page.getByRole("img", { name: /^Map of \d+ slices/ });
  await expect(map).toBeVisible();
  await expectAccessible(page);
  const box = await map.boundingBox();
  if (!box) {
    throw new Error("the map has no box");
  }
  await page.mouse.move(box.x + 3, box.y + 3);
  await page.mouse.down();
  for (const [right, down] of [
    [box.width - 3, 3],
    [box.width - 3, box.height - 3],
    [3, box.height - 3],
  ] as const) {
    await page.mouse.move(box.x + right, box.y + down, { steps: 4 });
  }
  await page.mouse.up();
  await expect(page.getByRole("region", { name: /^Chosen: [1-9]/ })).toBeVisible();
  await shot(page, "cohort");
  await page.getByRole("button", { name: "Open in Validation" }).click();
  await expect(page).toHaveURL(/\/validation\?selection=/);
});
