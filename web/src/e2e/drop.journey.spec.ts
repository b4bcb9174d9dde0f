import { expect, test } from "@playwright/test";
import { dropOnPage, openAnalyzed, openWorkbench, studyFile, upload } from "./workbench.ts";

test("a folder and a loose file dropped together become two studies with findings", async ({
  page,
}) => {
  await openWorkbench(page);
  await dropOnPage(page, [studyFile("dropped"), studyFile("letter.png")]);
  await expect(upload(page, "letter.png").getByRole("alert")).toBeVisible({ timeout: 400_000 });

  await openAnalyzed(page, "dropped");
  await expect(page.getByRole("meter")).toHaveCount(4);
  await expect(page.getByRole("button", { name: /axial/ })).toBeVisible();
});
