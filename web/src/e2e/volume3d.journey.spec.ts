import { expect, type Locator, type Page, test } from "@playwright/test";
import { makeSpacePhantom } from "./spacePhantom.ts";
import { routeSpaceStudy, STUDY } from "./spaceStudy.ts";
import { drawnPixels, expectAccessible, openWorkbench } from "./workbench.ts";

/**
 * The page is the real one and comes from the real server, but the answers about this one study are
 * put in its place by the test: its places, its moved sequence and its colors are known to the
 * millimeter. A study that the server itself segments is walked through in segmented.journey.
 */
const phantom = makeSpacePhantom(4);

async function openSpace(page: Page): Promise<Locator> {
  await routeSpaceStudy(page, phantom);
  await openWorkbench(page);
  await page.goto(`${new URL(page.url()).origin}/studies/${STUDY}`);
  const space = page.getByRole("application", { name: "3D" });
  await expect(space).toHaveAttribute("data-shown", "true");
  return space;
}

/** How often the 3D view was drawn since the page was opened. */
function frames(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      performance.getEntriesByName("neuroscope:motion").length +
      performance.getEntriesByName("neuroscope:rest").length,
  );
}

/** Wait until nothing is drawn any more, and tell how often it was. */
async function framesAtRest(page: Page): Promise<number> {
  let last = -1;
  await expect
    .poll(
      async () => {
        const before = last;
        last = await frames(page);
        return last === before;
      },
      { intervals: [1500] },
    )
    .toBe(true);
  return last;
}

/** The color that is drawn in the middle of the 3D view. */
function middlePixel(space: Locator): Promise<number[]> {
  return space
    .locator("canvas")
    .first()
    .evaluate((node) => {
      const canvas = node as HTMLCanvasElement;
      const copy = document.createElement("canvas");
      [copy.width, copy.height] = [1, 1];
      const context = copy.getContext("2d");
      context?.drawImage(canvas, -canvas.width / 2, -canvas.height / 2);
      return [...(context?.getImageData(0, 0, 1, 1).data ?? [])];
    });
}

test("a measured study shows areas, numbers and surfaces that lead to each other", async ({
  page,
}) => {
  await openSpace(page);
  await expectAccessible(page);
  const axial = page.getByRole("slider", { name: "Axial slice" });

  // A row leads to where it was taken, and tells how.
  await page.getByRole("button", { name: /^L1/ }).click();
  await expect(axial).toContainText("L 28, A 22, S 28 mm");
  await expect(page.getByText(/Measurable by RANO/)).toBeVisible();

  // Layers by key and by switch.
  const drawn = await drawnPixels(axial);
  await page.keyboard.press("m");
  await expect(page.getByRole("switch", { name: "Sub-regions" })).not.toBeChecked();
  await expect.poll(() => drawnPixels(axial)).toBeLessThan(drawn);
  await page.keyboard.press("m");
  await expect.poll(() => drawnPixels(axial)).toBe(drawn);
  await page.keyboard.press("u");
  await expect(page.getByRole("switch", { name: "Uncertainty" })).toBeChecked();
  await expect.poll(() => drawnPixels(axial)).toBeGreaterThan(drawn);
  await page.keyboard.press("u");

  // The sequence that the scanner put 2.4 mm elsewhere shows the same place.
  await page.getByRole("button", { name: /^FLAIR/ }).click();
  await expect(axial).toContainText("L 28, A 22, S 28 mm");
  await expectAccessible(page);
});

test("the 3D view turns, cuts, flies and rests", async ({ page }) => {
  const space = await openSpace(page);
  const axial = page.getByRole("slider", { name: "Axial slice" });
  const still = await framesAtRest(page);

  // A click on a surface moves the crosshair.
  const place = await axial.textContent();
  await space.click();
  await expect.poll(() => axial.textContent()).not.toBe(place);

  await space.focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => frames(page)).toBeGreaterThan(still);

  await page.keyboard.press("c");
  await expect(page.getByRole("checkbox", { name: "Cut" })).toBeChecked();

  // The images lie on the face of the cut; without them the eye looks into the head.
  await framesAtRest(page);
  const images = await middlePixel(space);
  await page.getByRole("switch", { name: "Images on the cut" }).click();
  await expect.poll(() => middlePixel(space)).not.toEqual(images);
  await page.getByRole("switch", { name: "Images on the cut" }).click();
  await expect.poll(() => middlePixel(space)).toEqual(images);
  await space.focus();

  // Nothing is drawn while the flight is paused.
  await page.keyboard.press("f");
  const progress = page.getByRole("slider", { name: "Place in the flight" });
  await expect
    .poll(async () => Number(await progress.getAttribute("aria-valuenow")))
    .toBeGreaterThan(0.05);
  await page.getByRole("button", { name: "Pause the flight" }).click();
  await expect(page.getByRole("button", { name: "Play the flight" })).toBeVisible();
  const paused = await framesAtRest(page);
  await page.waitForTimeout(2000);
  expect(await frames(page)).toBe(paused);
});
