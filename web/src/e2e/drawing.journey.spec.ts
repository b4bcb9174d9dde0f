import { type BrowserContext, expect, type Locator, type Page, test } from "@playwright/test";
import {
  drawnPixels,
  expectAccessible,
  openAnalyzed,
  openWorkbench,
  studyFile,
} from "./workbench.ts";

interface Drawn {
  readonly id: string;
  readonly kind: string;
  readonly shape: string;
  readonly points_mm: [number, number, number][];
  readonly reason: string;
  readonly version: number;
}

/** What the server has of the study on display, asked past the page. */
function onServer(page: Page): Promise<Drawn[]> {
  return page.evaluate(async () => {
    const path = `/api${location.pathname}`;
    const study = await (await fetch(path)).json();
    const found = await fetch(`${path}/series/${study.series[0].id}/annotations`);
    return (await found.json()).annotations;
  });
}

/** Drawings lie on a canvas of their own, below that of the overlay. */
function sketchOf(pane: Locator): Promise<number> {
  return pane.locator("canvas").evaluateAll((all) => {
    const canvas = all.at(-2) as HTMLCanvasElement;
    const rgba =
      canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let drawn = 0;
    for (let at = 3; at < rgba.length; at += 4) {
      drawn += (rgba[at] ?? 0) > 0 ? 1 : 0;
    }
    return drawn;
  });
}

async function placer(pane: Locator) {
  const box = await pane.boundingBox();
  if (!box) {
    throw new Error("the pane has no box");
  }
  const side = Math.min(box.width, box.height);
  return (right: number, down: number) => ({
    x: box.x + box.width / 2 + right * side,
    y: box.y + box.height / 2 + down * side,
  });
}

type At = Awaited<ReturnType<typeof placer>>;

type Places = readonly (readonly [number, number])[];

async function setCorners(page: Page, at: At, corners: Places) {
  await page.keyboard.press("p");
  for (const corner of corners) {
    const { x, y } = at(...corner);
    await page.mouse.click(x, y);
    await page.waitForTimeout(400); // two quick clicks would be a double click
  }
}

async function outline(page: Page, at: At, corners: Places) {
  await setCorners(page, at, corners);
  await page.keyboard.press("Enter");
}

async function brush(page: Page, at: At, from: [number, number], to: [number, number]) {
  await page.keyboard.press("b");
  const [start, end] = [at(...from), at(...to)];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(end.x, end.y, { steps: 8 });
  await page.mouse.up();
}

const writes = (url: URL) => url.pathname.includes("/annotations");
const saved = (page: Page) => page.getByText("Saved", { exact: true });
const rows = (page: Page) =>
  page.getByRole("list", { name: "Drawings of this series" }).getByRole("listitem");

/** The only study of its kind on the worklist of this run, in another browser. */
async function sameStudy(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  await openWorkbench(page);
  await page.goto(address);
  await expect(page.locator("[data-shown=true]").first()).toBeVisible();
  await page.keyboard.press("d");
  return page;
}

test("what is drawn on a slice is kept, undone, sent when the line is back, and never lost", async ({
  page,
}) => {
  await openWorkbench(page);
  await page.getByLabel("Folder to analyze").setInputFiles(studyFile("slices"));
  await openAnalyzed(page, "slices");
  const pane = page.getByRole("slider", { name: "Image slice" });
  await page.keyboard.press("d");
  const at = await placer(pane);

  // An outline by its corners and a stroke of another kind.
  await outline(page, at, [
    [-0.05, -0.2],
    [0.2, -0.18],
    [0.16, 0.05],
    [-0.02, 0.02],
  ]);
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole("textbox", { name: /^Why/ }).fill("ring of contrast");
  await pane.focus();
  await page.keyboard.press("2");
  await brush(page, at, [-0.2, 0.1], [-0.05, 0.14]);
  await expect(rows(page)).toHaveCount(2);
  await expect(saved(page)).toBeVisible();
  const said = (await onServer(page)).map(({ kind, shape, reason }) => [kind, shape, reason]);
  expect(said.sort()).toEqual([
    ["evidence", "contour", "ring of contrast"],
    ["not_evidence", "stroke", ""],
  ]);
  await expectAccessible(page);

  // Hold to hide shows the anatomy alone.
  await pane.focus();
  await expect.poll(() => sketchOf(pane)).toBeGreaterThan(500);
  await page.keyboard.down("h");
  await expect.poll(() => sketchOf(pane)).toBe(0);
  await expect.poll(() => drawnPixels(pane)).toBe(0);
  await page.keyboard.up("h");

  // A line that would cross itself is refused, and says so.
  const crossing: [number, number][] = [
    [-0.1, 0.2],
    [0.1, 0.2],
    [0.1, 0.3],
    [-0.02, 0.1],
  ];
  await setCorners(page, at, crossing);
  await expect(page.getByText(/would cross itself/)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(rows(page)).toHaveCount(2);

  // After a reload all is there, and the last step can still be undone and redone.
  await page.reload();
  await expect(pane).toHaveAttribute("data-shown", "true");
  await page.keyboard.press("d");
  await expect(rows(page)).toHaveCount(2);
  await page.keyboard.press("Control+z");
  await expect(rows(page)).toHaveCount(1);
  await expect(saved(page)).toBeVisible();
  expect(await onServer(page)).toHaveLength(1);
  await page.keyboard.press("Control+Shift+z");
  await expect(rows(page)).toHaveCount(2);
  await expect(saved(page)).toBeVisible();
  expect(await onServer(page)).toHaveLength(2);

  // Without a line, drawings wait in the browser, also over a reload.
  await page.route(writes, (route) =>
    route.request().method() === "GET" ? route.continue() : route.abort(),
  );
  await page.keyboard.press("3");
  await brush(page, at, [0.1, 0.2], [0.15, 0.25]);
  await expect(page.getByText(/1 not sent yet: no line to the server/)).toBeVisible();
  await page.reload();
  await expect(pane).toHaveAttribute("data-shown", "true");
  await page.keyboard.press("d");
  await expect(rows(page)).toHaveCount(3);
  await expect(page.getByText(/1 not sent yet: no line/)).toBeVisible();
  expect(await onServer(page)).toHaveLength(2);
  await page.unroute(writes);
  await expect(saved(page)).toBeVisible();
  expect(await onServer(page)).toHaveLength(3);

  // The reader's own answer is kept beside the drawings.
  const answer = page
    .getByRole("region", { name: "Your answer for this picture" })
    .getByRole("radio", { name: "Meningioma" });
  await answer.check();
  await page.reload();
  await expect(pane).toHaveAttribute("data-shown", "true");
  await page.keyboard.press("d");
  await expect(answer).toBeChecked();
});

test("two browsers change the same drawing at once: nothing is lost, both are told", async ({
  page,
  browser,
}) => {
  await openWorkbench(page);
  await page.getByLabel("Folder to analyze").setInputFiles(studyFile("slices"));
  await openAnalyzed(page, "slices");
  await page.getByRole("button", { name: /^2\. / }).click(); // not the picture of the journey above
  const at = await placer(page.getByRole("slider", { name: "Image slice" }));
  await page.keyboard.press("d");
  await page.keyboard.press("4");
  await brush(page, at, [-0.1, 0], [0.1, 0.05]);
  await expect(saved(page)).toBeVisible();
  const before = (await onServer(page)).length;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const other = await sameStudy(context, page.url());
  const first = (of: Page) =>
    rows(of).filter({ hasText: "Note, stroke" }).getByRole("button").first();
  await first(other).click();
  // The other page does not hear of the change before it saves its own.
  await other.route(writes, (route) =>
    route.request().method() === "GET" ? route.abort() : route.continue(),
  );
  await first(page).click();
  await page.getByRole("textbox", { name: "Note" }).fill("enhancing rim");
  await expect(saved(page)).toBeVisible();
  await other.getByRole("textbox", { name: "Note" }).fill("dural tail");
  await expect(other.getByText(/Two versions of/)).toBeVisible();
  await expect(other.getByText("“enhancing rim”")).toBeVisible();
  await expect(other.getByText("“dural tail”")).toBeVisible();
  await expect(page.getByText(/Somebody else changed/)).toBeVisible();
  await expectAccessible(other);
  await other.unroute(writes);
  await other.getByRole("button", { name: "Keep both" }).click();
  await expect(saved(other)).toBeVisible();
  await expect(rows(page)).toHaveCount(before + 1);
  await expect(page.getByText(/Somebody else changed/)).toBeHidden();
  const reasons = (await onServer(page)).map(({ reason }) => reason);
  expect(reasons).toEqual(expect.arrayContaining(["enhancing rim", "dural tail"]));
  await context.close();
});

test("a corner comes back at the millimeters of the voxel it was set on, in every plane", async ({
  page,
}) => {
  // Measurements that come late must not move the planes under the hand.
  await page.route(/\/volumetry$/, async (route) => {
    await page.waitForTimeout(5000);
    await route.continue();
  });
  await openWorkbench(page);
  await page.getByLabel("Files to analyze").setInputFiles(studyFile("volume", "t1c.nii.gz"));
  await openAnalyzed(page, "t1c.nii.gz");
  await page.keyboard.press("d");
  const axial = page.getByRole("slider", { name: "Axial slice" });
  const told = /([RL]) (\d+), ([AP]) (\d+), ([SI]) (\d+) mm/;
  for (const name of ["Axial", "Coronal", "Sagittal"]) {
    const pane = page.getByRole("slider", { name: `${name} slice` });
    const at = await placer(pane);
    const before = (await onServer(page)).map(({ id }) => id);
    // The crosshair, set with the same click, tells where the click went. Half a voxel is 1 mm.
    await page.keyboard.press("a");
    const { x, y } = at(0.1, -0.08);
    await page.mouse.click(x, y);
    await page.waitForTimeout(600); // the first corner lies there too: together a double click
    const [, rl, r, ap, a, si, s] = told.exec((await axial.textContent()) ?? "") ?? [];
    const place = [
      rl === "R" ? Number(r) : -Number(r),
      ap === "A" ? Number(a) : -Number(a),
      si === "S" ? Number(s) : -Number(s),
    ];
    await outline(page, at, [
      [0.1, -0.08],
      [0.2, -0.06],
      [0.16, 0.06],
    ]);
    await expect(rows(page)).toHaveCount(before.length + 1);
    const added = async () => (await onServer(page)).filter(({ id }) => !before.includes(id));
    await expect.poll(async () => (await added()).length).toBe(1);
    const corner = (await added())[0]?.points_mm[0] ?? [0, 0, 0];
    const away = corner.map((value, axis) => Math.abs(value - (place[axis] ?? 0)));
    expect(Math.max(...away)).toBeLessThanOrEqual(1.51); // half a voxel, and the rounding of the words
  }

  // What the model found is taken over and corrected.
  const before = (await onServer(page)).length;
  await page.getByRole("slider", { name: "Axial slice" }).focus();
  await page.getByRole("button", { name: "From the model" }).click();
  await page.getByRole("menuitem", { name: "Whole tumor, segmented" }).click();
  await expect(page.getByText(/of the model/)).toBeVisible();
  await expect.poll(async () => (await onServer(page)).length).toBeGreaterThan(before);
  await expectAccessible(page);
});
