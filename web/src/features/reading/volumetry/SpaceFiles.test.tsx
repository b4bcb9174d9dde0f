import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { makeSpacePhantom } from "../../../e2e/spacePhantom.ts";
import type { Volumetry } from "../../../queries/volumetry.ts";
import { theme } from "../../../theme.ts";
import { SpaceFiles } from "./SpaceFiles.tsx";

const { volumetry } = makeSpacePhantom(4);

function linksTo(shown: Volumetry) {
  render(
    <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
      <SpaceFiles analysisId="a1" studyId="s1" volumetry={shown} />
    </MantineProvider>,
  );
  return screen
    .getAllByRole("link")
    .map((link) => [link.getAttribute("aria-label"), link.getAttribute("href")]);
}

it("every file is a link that is named by what it holds", () => {
  const folder = "/api/studies/s1/analyses/a1/volumetry";
  expect(linksTo(volumetry)).toEqual([
    ["Download Segmentation (NIfTI)", `${folder}/segmentation.nii.gz`],
    ["Download Uncertainty (NIfTI)", `${folder}/uncertainty.nii.gz`],
    ["Download Evidence (NIfTI)", `${folder}/evidence_fused.nii.gz`],
    ["Download Measurements (CSV)", `${folder}/measurements.csv`],
    ["Download Surfaces (GLB)", `${folder}/surfaces.glb`],
  ]);
  const saved = screen.getByRole("link", { name: "Download Segmentation (NIfTI)" });
  expect(saved).toHaveAttribute("download", "a1-segmentation.nii.gz");
});

it("a given mask has no doubt to save", () => {
  const names = linksTo({ ...volumetry, model: null }).map(([name]) => name);
  expect(names).not.toContain("Download Uncertainty (NIfTI)");
  expect(names).toHaveLength(4);
});

it("labels can be saved on the grid of another sequence", async () => {
  linksTo(volumetry);
  await userEvent.click(screen.getByRole("combobox", { name: "Segmentation on the grid of" }));
  await userEvent.click(screen.getByRole("option", { name: "FLAIR" }));
  expect(screen.getByRole("link", { name: "Download Segmentation (NIfTI)" })).toHaveAttribute(
    "href",
    "/api/studies/s1/analyses/a1/volumetry/segmentation.nii.gz?role=flair",
  );
});
