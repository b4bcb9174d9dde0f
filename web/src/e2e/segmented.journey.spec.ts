import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, type Page, test } from "@playwright/test";
import { expectAccessible, openAnalyzed, openWorkbench, studyFile } from "./workbench.ts";

/** Truth of the phantom of serve.sh: four sequences in voxels of 4 mm, without skull. */
interface Truth {
  side: string;
  center_mm: [number, number, number];
  volumes_ml: { NCR: number; ED: number; ET: number };
}

const HEADER_BYTES = 352;
const GIVEN = "What is shown and measured here is a segmentation that a reader gave";

function readTruth(): Truth {
  return JSON.parse(readFileSync(studyFile("sequences.json"), "utf8"));
}

/** The labels of a NIfTI file of one byte per voxel. */
function labelsOf(path: string): Uint8Array {
  const bytes = gunzipSync(readFileSync(path));
  expect(bytes.readInt16LE(70)).toBe(2); // unsigned bytes
  return bytes.subarray(HEADER_BYTES);
}

function overlapOf(found: Uint8Array, wanted: Uint8Array, isInside: (label: number) => boolean) {
  expect(found.length).toBe(wanted.length);
  let [both, all] = [0, 0];
  for (let at = 0; at < found.length; at++) {
    const [here, there] = [isInside(found[at] ?? 0), isInside(wanted[at] ?? 0)];
    both += here && there ? 1 : 0;
    all += (here ? 1 : 0) + (there ? 1 : 0);
  }
  return (2 * both) / all;
}

async function openSequences(page: Page): Promise<void> {
  await openWorkbench(page);
  await page.getByLabel("Folder to analyze").setInputFiles(studyFile("sequences"));
  await openAnalyzed(page, "sequences");
  const space = page.getByRole("application", { name: "3D" });
  await expect(space).toHaveAttribute("data-shown", "true");
}

/** The volume that stands beside a region, in milliliters. */
async function volumeOf(page: Page, region: string): Promise<number> {
  const row = page.getByRole("table", { name: "Volumes" }).getByRole("row", { name: region });
  return Number.parseFloat(await row.getByRole("cell").first().innerText());
}

test("four sequences become a segmentation that is measured, shown and saved", async ({ page }) => {
  const { side, center_mm: center, volumes_ml: ml } = readTruth();
  await openSequences(page);
  await expectAccessible(page);

  const whole = ml.NCR + ml.ED + ml.ET;
  expect(Math.abs((await volumeOf(page, "Whole tumor")) - whole)).toBeLessThan(0.4 * whole);
  expect(await volumeOf(page, "Tumor core")).toBeLessThan(await volumeOf(page, "Whole tumor"));

  // The lesion is where it was put: on its side, and the row leads to it.
  expect(side).toBe("right");
  await page.getByRole("button", { name: /^L1 · right frontal lobe/ }).click();
  const place = /R (\d+), A (\d+), ([SI]) (\d+) mm/;
  const axial = page.getByRole("slider", { name: "Axial slice" });
  await expect(axial).toContainText(place);
  const [, right, front, way, up] = place.exec((await axial.textContent()) ?? "") ?? [];
  const shown = [Number(right), Number(front), (way === "S" ? 1 : -1) * Number(up)];
  expect(Math.hypot(...center.map((mm, axis) => mm - (shown[axis] ?? 0)))).toBeLessThan(16);

  // What is saved lies voxel by voxel on what the phantom knows.
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download Segmentation (NIfTI)" }).click(),
  ]);
  const [found, truth] = [labelsOf(await saved.path()), labelsOf(studyFile("drawn.nii.gz"))];
  expect(overlapOf(found, truth, (label) => label > 0)).toBeGreaterThan(0.7);
  expect(overlapOf(found, truth, (label) => label === 1 || label === 3)).toBeGreaterThan(0.6);
});

test("a reader's own segmentation takes the place of the network's, and gives it back", async ({
  page,
}) => {
  const { NCR, ED, ET } = readTruth().volumes_ml;
  await openSequences(page);
  const byNetwork = await volumeOf(page, "Whole tumor");

  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Give a segmentation…" }).click(),
  ]);
  await chooser.setFiles(studyFile("drawn.nii.gz"));
  await expect(page.getByText(GIVEN)).toBeVisible({ timeout: 200_000 });
  await expectAccessible(page);
  for (const [region, ml] of [
    ["Whole tumor", NCR + ED + ET],
    ["Tumor core", NCR + ET],
    ["Enhancing", ET],
    ["Edema", ED],
  ] as const) {
    await expect.poll(() => volumeOf(page, region)).toBeCloseTo(ml, 0);
  }

  await page.getByRole("button", { name: "Back to the network" }).click();
  await expect(page.getByRole("button", { name: "Give a segmentation…" })).toBeVisible({
    timeout: 200_000,
  });
  await expect.poll(() => volumeOf(page, "Whole tumor")).toBe(byNetwork);
});
