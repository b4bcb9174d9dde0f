import { expect, test } from "@playwright/test";
import { expectAccessible, openWorkbench, studyFile, upload } from "./workbench.ts";

test("a file that is no image gets a clear answer and a way on", async ({ page }) => {
  await openWorkbench(page);
  await page.getByLabel("Files to analyze").setInputFiles(studyFile("letter.png"));
  const alert = upload(page, "letter.png").getByRole("alert");
  await expect(alert).toBeVisible({ timeout: 400_000 });
  await expect(alert.getByRole("button", { name: "Try again" })).toBeVisible();
  // What is wrong and how to mend it: two sentences at least, and nothing of our insides.
  const words = (await alert.textContent()) ?? "";
  expect(words).toMatch(/\..+\./s);
  expect(words).not.toMatch(/Traceback|Error:|undefined|null/);
  await expectAccessible(page);
});

test("an address that leads nowhere says so and shows the way back", async ({ page }) => {
  await openWorkbench(page);
  await page.goto(new URL("/studies/nothing-here", page.url()).href);
  await expect(page.getByRole("alert")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Open the worklist" }).click();
  await expect(page.getByRole("heading", { name: "Worklist" })).toBeVisible();
});

test("without the launch link the page says where to find it", async ({ page }) => {
  await page.goto(`http://127.0.0.1:${process.env.JOURNEY_PORT}/`);
  await expect(page.getByRole("alert")).toContainText(
    "Open the link that neuroscope serve printed last",
  );
  await expectAccessible(page);
});
