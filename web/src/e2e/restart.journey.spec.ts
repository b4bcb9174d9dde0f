import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, type Page, test } from "@playwright/test";
import { FOLDER, kill, type Launch, launch } from "./server.ts";
import { dropOnPage, openFinding, openLink, studyFile, upload } from "./workbench.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;
const HOME = join(FOLDER, "home-restart");
const VOLUME = join(FOLDER, "t1c.nii");

/** The same NIfTI volume with 32 bits for each voxel instead of 16: two chunks instead of one. */
function inFloats(nifti: Buffer): Buffer {
  const [HEADER, DATATYPE, BITPIX] = [352, 70, 72];
  const voxels = new Int16Array(new Uint8Array(nifti.subarray(HEADER)).buffer);
  const header = Buffer.from(nifti.subarray(0, HEADER));
  expect(header.readInt16LE(BITPIX)).toBe(16);
  header.writeInt16LE(16, DATATYPE); // NIFTI_TYPE_FLOAT32
  header.writeInt16LE(32, BITPIX);
  return Buffer.concat([header, new Uint8Array(Float32Array.from(voxels).buffer)]);
}

/** Where in its file each chunk that the page sends begins. */
function watchOffsets(page: Page): number[] {
  const offsets: number[] = [];
  page.on("request", (request) => {
    if (request.method() === "PUT") {
      offsets.push(Number(new URL(request.url()).searchParams.get("offset")));
    }
  });
  return offsets;
}

let server: Launch;

test.beforeAll(async () => {
  rmSync(HOME, { recursive: true, force: true });
  const volume = inFloats(gunzipSync(readFileSync(studyFile("volume", "t1c.nii.gz"))));
  writeFileSync(VOLUME, volume);
  expect(Math.ceil(volume.length / CHUNK_BYTES)).toBe(2);
  server = await launch(HOME);
});

test.afterAll(() => kill(server));

test("an upload goes on after the server was killed and started anew", async ({
  page,
  context,
}) => {
  await openLink(page, server.link);
  // The server dies between the first chunk and the second.
  await page.route(
    /offset=[1-9]/,
    async (route) => {
      await kill(server);
      await route.continue();
    },
    { times: 1 },
  );
  const offsets = watchOffsets(page);
  await page.getByLabel("Files to analyze").setInputFiles(VOLUME);
  const card = upload(page, "t1c.nii");
  await expect(card.getByText(/stopped answering after 4.2 MB of 5/)).toBeVisible();
  await expect(page.getByText(/No line to the server/)).toBeVisible();

  server = await launch(HOME, server.port);
  await expect(card.getByText(/Open its new link in another tab/)).toBeVisible();
  await expect(page.getByText(/^Not signed in/).first()).toBeVisible();
  const other = await context.newPage();
  await openLink(other, server.link);
  await other.close();
  await expect(page.getByText(/Not signed in|No line to the server/)).toHaveCount(0);

  await expect(card.getByText("Imported and analyzed.")).toBeVisible({ timeout: 400_000 });
  await card.getByRole("link", { name: "Open the study" }).click();
  await openFinding(page);
  await expect(page.getByRole("meter")).toHaveCount(4);
  // The first chunk travelled once; whatever was sent again, was the second.
  expect(offsets[0]).toBe(0);
  expect(new Set(offsets.slice(1))).toEqual(new Set([CHUNK_BYTES]));
});

test("an upload goes on after the page was closed in the middle", async ({ page }) => {
  await openLink(page, server.link);
  await page.route(/offset=[1-9]/, (route) => route.abort());
  await dropOnPage(page, [VOLUME]);
  await expect(upload(page, "t1c.nii").getByText(/stopped answering after 4.2 MB/)).toBeVisible();
  await page.reload();
  await expect(page.getByText(/An upload of 1 file .* was interrupted/)).toBeVisible();

  await page.unroute(/offset=[1-9]/);
  const offsets = watchOffsets(page);
  await dropOnPage(page, [VOLUME]);
  await expect(upload(page, "t1c.nii").getByText(/analyzed|were here already/)).toBeVisible({
    timeout: 400_000,
  });
  expect(offsets).toEqual([CHUNK_BYTES]);
  await expect(page.getByText(/was interrupted/)).toHaveCount(0);
});
