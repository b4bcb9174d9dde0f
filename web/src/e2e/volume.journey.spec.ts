import { expect, test } from "@playwright/test";
import {
  expectAccessible,
  grayDeviation,
  openAnalyzed,
  openFinding,
  openWorkbench,
  readTruth,
  studyFile,
  upload,
} from "./workbench.ts";

/** The grid that the phantom of serve.sh lies on: voxels, millimeters, RAS+. */
const GRID = [102, 128, 101] as const;
const SPACING_MM = 2;
const ORIGIN_MM = [-101, -131, -97] as const;

test("a NIfTI volume opens in three linked planes with the sides where they belong", async ({
  page,
}) => {
  await openWorkbench(page);
  await page.getByLabel("Files to analyze").setInputFiles(studyFile("volume", "t1c.nii.gz"));
  await openAnalyzed(page, "t1c.nii.gz");
  await expectAccessible(page);

  const [axial, coronal, sagittal] = ["Axial", "Coronal", "Sagittal"].map((name) =>
    page.getByRole("slider", { name: `${name} slice` }),
  );
  if (!axial || !coronal || !sagittal) {
    throw new Error("three planes were asked for");
  }

  // The crosshair links the planes: one step in one plane is one slice in another.
  await axial.focus();
  const before = Number(await sagittal.getAttribute("aria-valuenow"));
  await page.keyboard.press("Shift+ArrowRight"); // toward the patient's left
  await expect(sagittal).toHaveAttribute("aria-valuenow", String(before - 1));
  const coronalBefore = Number(await coronal.getAttribute("aria-valuenow"));
  await page.keyboard.press("Shift+ArrowDown"); // toward posterior
  await expect(coronal).toHaveAttribute("aria-valuenow", String(coronalBefore - 1));

  // The tumor of this phantom lies in the patient's left: on the right of the screen, where L stands.
  const { side, center_mm: center } = readTruth();
  expect(side).toBe("left");
  const box = await axial.boundingBox();
  if (!box) {
    throw new Error("the axial plane has no box");
  }
  await axial.focus();
  await page.keyboard.press("Home");
  const sliceOfTumor = Math.round((center[2] - ORIGIN_MM[2]) / SPACING_MM) + 1;
  for (let slice = 1; slice < sliceOfTumor; slice++) {
    await page.keyboard.press("ArrowDown");
  }
  await expect(axial).toHaveAttribute("aria-valuenow", String(sliceOfTumor));
  const [wide, tall] = [GRID[0] * SPACING_MM, GRID[1] * SPACING_MM];
  const pixelsPerMm = Math.min(box.width / wide, box.height / tall);
  const middleMm = [0, 1].map(
    (axis) => (ORIGIN_MM[axis] ?? 0) + ((GRID[axis] ?? 1) - 1) * (SPACING_MM / 2),
  );
  const right = -(center[0] - (middleMm[0] ?? 0)) * pixelsPerMm;
  const down = -(center[1] - (middleMm[1] ?? 0)) * pixelsPerMm;
  const radius = 20 * pixelsPerMm;
  // A rim around dead tissue is uneven; the healthy tissue across the midline is not.
  await expect
    .poll(async () => {
      const tumor = await grayDeviation(axial, { right, down, radius });
      return tumor / (await grayDeviation(axial, { right: -right, down, radius }));
    })
    .toBeGreaterThan(1.3);
  await axial.click({ position: { x: box.width / 2 + right, y: box.height / 2 + down } });
  const toldAt = /L (\d+), ([AP]) (\d+), S/;
  await expect(axial).toContainText(toldAt);
  const [, left, way, along] = toldAt.exec((await axial.textContent()) ?? "") ?? [];
  expect(Math.abs(Number(left) + center[0])).toBeLessThan(3);
  expect(Math.abs((way === "A" ? 1 : -1) * Number(along) - center[1])).toBeLessThan(3);
  const letters = await axial.locator("span").allTextContents();
  expect(letters).toEqual(expect.arrayContaining(["R", "L", "A", "P"]));
  const [letterR, letterL] = await Promise.all([
    axial.getByText("R", { exact: true }).boundingBox(),
    axial.getByText("L", { exact: true }).boundingBox(),
  ]);
  expect(letterR?.x).toBeLessThan(letterL?.x ?? 0);

  // Evidence is fetched for every class.
  await openFinding(page);
  await page.getByRole("radio", { name: /^Meningioma/ }).check();
  await expect(page.getByText("for Meningioma")).toBeVisible();
  await expect(axial).toContainText(/evidence [+−]/);
});

test("the same files a second time are named as known", async ({ page }) => {
  await openWorkbench(page);
  await page.getByLabel("Files to analyze").setInputFiles(studyFile("volume", "t1c.nii.gz"));
  await expect(upload(page, "t1c.nii.gz").getByText(/here already/)).toBeVisible({
    timeout: 400_000,
  });
});
