import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { BIN, FOLDER, kill, type Launch, launch } from "./server.ts";
import { expectAccessible, openAnalyzed, openLink, studyFile } from "./workbench.ts";

const HOME = join(FOLDER, "home-models");
let server: Launch;
let candidate: string;

test.beforeAll(async () => {
  rmSync(HOME, { recursive: true, force: true });
  const script = join(import.meta.dirname, "candidate.py");
  candidate = execFileSync(join(BIN, "python"), [script, HOME], { encoding: "utf8" }).trim();
  server = await launch(HOME);
});

test.afterAll(() => kill(server));

const menu = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name });

test("a candidate is read, compared, promoted and left again, and the trail tells all of it", async ({
  page,
}) => {
  await openLink(page, server.link);
  await page.getByRole("button", { name: "Say who you are" }).click();
  await page.getByLabel("Your name").fill("Dr. Müller");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: /Reader: Dr. Müller/ })).toBeVisible();
  await page.getByLabel("Folder to analyze").setInputFiles(studyFile("slices"));
  await openAnalyzed(page, "slices");
  const study = new URL(page.url()).pathname;
  await expect(page.getByRole("meter")).toHaveCount(4);
  const before = await page
    .getByRole("meter")
    .evaluateAll((all) => all.map((one) => (one as HTMLMeterElement).value));

  // The certificate first.
  await menu(page, "Models").click();
  await page.getByRole("button", { name: /\+swapped/ }).click();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Read the certificate" }).click();
  await expect(page.getByRole("region", { name: "Verdict" })).toContainText("Promote");
  await expectAccessible(page);
  const [pdf] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download PDF" }).click(),
  ]);
  expect(
    readFileSync(await pdf.path())
      .subarray(0, 5)
      .toString(),
  ).toBe("%PDF-");
  const [json] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download JSON" }).click(),
  ]);
  expect(JSON.parse(readFileSync(await json.path(), "utf8")).verdict).toBe("promote");

  // Both versions on the same study: glioma and meningioma are swapped.
  await page.goto(`http://127.0.0.1:${server.port}/models/compare?second=${candidate}`);
  await page.getByRole("button", { name: "Let it read" }).click();
  await expect(page.getByText(/They name another class on|Both name the same class/)).toBeVisible({
    timeout: 300_000,
  });
  await page
    .getByRole("button", { name: /^Maps of/ })
    .first()
    .click();
  await expect(page.getByRole("img", { name: /^Evidence for .* by .*\+swapped/ })).toBeVisible();
  await expectAccessible(page);

  // Promote, by keyboard.
  await page.goto(`http://127.0.0.1:${server.port}/models?version=${candidate}`);
  await page.getByRole("button", { name: "Promote…" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: /^Make evidence/ });
  await expect(dialog.getByRole("button", { name: "Leave it as it is" })).toBeFocused();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Promote it" }).click();
  await expect(page.getByRole("button", { name: /^Go back to/ })).toBeVisible({ timeout: 300_000 });

  // The answers of before are marked, made anew, and name the new version.
  await page.goto(`http://127.0.0.1:${server.port}${study}`);
  await expect(page.getByRole("region", { name: "Read by an older model" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Analyze with the active version" }).click();
  await expect(page.getByText(/^evidence, version .*\+swapped$/)).toBeVisible({ timeout: 300_000 });
  await expect(page.getByRole("region", { name: "Read by an older model" })).toHaveCount(0);
  const now = await page
    .getByRole("meter")
    .evaluateAll((all) => all.map((one) => (one as HTMLMeterElement).value));
  expect(now).not.toEqual(before);

  // And back.
  await menu(page, "Models").click();
  await page.getByRole("button", { name: /^Go back to/ }).click();
  await page.getByRole("button", { name: "Go back", exact: true }).click();
  const shipped = page.getByRole("complementary", { name: /^Version/ });
  await expect(shipped).toContainText("Active, came with the package", { timeout: 300_000 });
  await expect(page.getByText("1 study was last read by a version")).toBeVisible();

  // The trail tells it, by name, and is whole.
  await menu(page, "Audit").click();
  await expect(page.getByText(/The trail is whole, and what is stored agrees/)).toBeVisible();
  await page.getByLabel("What", { exact: true }).selectOption("model.promote");
  const row = page.getByRole("row", { name: /made a model the active one/ });
  await expect(row).toHaveCount(1);
  await expect(row).toContainText("Dr. Müller");
  await expectAccessible(page);
});
