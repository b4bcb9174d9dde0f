import { MantineProvider } from "@mantine/core";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import { makeSpacePhantom } from "../../../e2e/spacePhantom.ts";
import { planeGrid, sliceOf } from "../../../frames/planes.ts";
import { theme } from "../../../theme.ts";
import { boxOf } from "../../../viewer/mesh.ts";
import { isCutAway } from "../../../viewer/picking.ts";
import { useViewer } from "../../../viewer/store.ts";
import { MeasurementsPanel } from "./MeasurementsPanel.tsx";
import { isMismatchSlice, marksOn, spaceLines, toReference } from "./marks.ts";
import { drawnRows, inDigits, lesionRows, otherRows, regionRows, vasariRows } from "./rows.ts";
import { sliceLayers } from "./sliceLayers.ts";
import { cutOf, evidenceShells, shellLevels, surfaceStyle } from "./surfaces.ts";

const phantom = makeSpacePhantom(4);
const { volumetry, affine, shape } = phantom;
const axial = planeGrid(affine, shape, "axial");
const [lesion] = volumetry.lesions;

beforeEach(() => useViewer.getState().open({}));

it("numbers keep three digits that count", () => {
  expect([0, 43.219, 4.3219, 1234.5, 0.0421, -3.21].map(inDigits)).toEqual([
    "0",
    "43.2",
    "4.32",
    "1235",
    "0.0421",
    "−3.21",
  ]);
});

it("every number stands in the table once, with how it was taken", () => {
  const regions = regionRows(volumetry);
  expect(regions.map(({ key }) => key)).toEqual([
    "region:WT",
    "region:TC",
    "region:ET",
    "region:NCR",
    "region:ED",
  ]);
  const rows = [regions, drawnRows(volumetry), lesionRows(volumetry), otherRows(volumetry)].flat();
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
  expect(rows.filter(({ how }) => how === "")).toEqual([]);
  const others = otherRows(volumetry).map(({ name }) => name);
  expect(others).toContain("WT sphericity");
  expect(others).not.toContain("WT volume");
  expect(others).not.toContain("WT longest diameter");
});

it("a region that was not found says so instead of 0", () => {
  const [none] = volumetry.regions.map((region) => ({ ...region, volume_ml: null }));
  const values = volumetry.values.map((one) =>
    one.name === "WT volume" ? { ...one, value: 0 } : one,
  );
  const rows = regionRows({ ...volumetry, values, regions: none ? [none] : [], labels: [] });
  expect(rows).toMatchObject([{ value: "not found", place: null }]);
});

it("a model that foretells no volume is shown with what was counted", () => {
  const regions = volumetry.regions.map((one) => ({
    ...one,
    volume_ml: null,
    interval_ml: null,
    expected_dice: null,
  }));
  const [whole] = regionRows({ ...volumetry, regions });
  const counted = volumetry.values.find(({ name }) => name === "WT volume");
  expect(whole?.value).toBe(`${inDigits(counted?.value ?? 0)} ml`);
  expect(whole?.place).not.toBeNull();
});

it("the midline shift names the patient's side instead of a sign", () => {
  const shift = drawnRows(volumetry).find(({ key }) => key === "shift");
  expect(shift?.value).toMatch(/^\d[\d.]* mm to the (left|right)$/);
  expect(shift?.more).not.toMatch(/[−-]\d/);
});

it("features that nobody assessed come last and say so", () => {
  const values = vasariRows(volumetry).map(({ value }) => value);
  expect(values.slice(-2)).toEqual(["not assessed", "not assessed"]);
});

it("crossed diameters are drawn in their slice and nowhere else", () => {
  const slice = sliceOf(axial, lesion?.crossed?.longest.start_mm ?? [0, 0, 0]);
  const here = marksOn(volumetry, axial, slice, "crossed:TC");
  expect(here.map(({ kind }) => kind)).toEqual(["within", "within"]);
  expect(here[0]?.words).toMatch(/ mm$/);
  expect(marksOn(volumetry, axial, slice + 2, "crossed:TC")).toEqual([]);
  // The longest line in space only passes through.
  expect(marksOn(volumetry, axial, slice, "longest:WT")).toMatchObject([{ kind: "through" }]);
});

it("the plane between the hemispheres is drawn with the shift", () => {
  const slice = sliceOf(axial, volumetry.midline?.drawn?.start_mm ?? [0, 0, 0]);
  const [plane] = marksOn(volumetry, axial, slice, "shift");
  expect(plane?.kind).toBe("plane");
  // x = 0 lies 80 mm from the first voxel, columns run toward the patient's left.
  expect(plane?.from[1]).toBeCloseTo(axial.columns.count - 1 - 20);
});

it("in space what was chosen stands out, and nothing else is drawn with it", () => {
  expect(spaceLines(volumetry, "longest:WT").map(({ key }) => key)).toEqual(["longest:WT/0"]);
  expect(spaceLines(volumetry, "").some(({ isSelected }) => isSelected)).toBe(false);
});

it("the slice of the mismatch is known in its own plane", () => {
  const slice = sliceOf(axial, volumetry.mismatch?.position_mm ?? [0, 0, 0]);
  expect(isMismatchSlice(volumetry, axial, slice)).toBe(true);
  expect(isMismatchSlice(volumetry, axial, slice - 1)).toBe(false);
  expect(isMismatchSlice(volumetry, planeGrid(affine, shape, "coronal"), slice)).toBe(false);
});

it("a sequence that lay elsewhere is carried to the reference, one that did not is not", () => {
  expect(toReference(volumetry, "t1c")).toBeNull();
  expect(toReference(volumetry, "flair")?.[0]?.[3]).toBe(2.4);
});

it("layers follow what the reader wants to see", () => {
  const { layers, areaStyle, unwanted, showAnyway } = useViewer.getState();
  const maps = { labels: phantom.labels, uncertainty: phantom.uncertainty, evidence: null };
  const slice = sliceOf(axial, lesion?.center_mm ?? [0, 0, 0]);
  const settings = { layers, areaStyle, unwanted, showAnyway };
  const [areas, ...more] = sliceLayers(volumetry, maps, axial, slice, settings);
  expect(more).toEqual([]);
  expect(areas?.outlines).toHaveLength(3);
  const [lines] = sliceLayers(volumetry, maps, axial, slice, {
    ...settings,
    areaStyle: "outline",
    unwanted: ["NCR"],
  });
  expect(lines?.rgba).toBeNull();
  expect(lines?.outlines).toHaveLength(2);
});

it("shells of evidence lie in each other, and share one switch", () => {
  const levels = shellLevels(0.6);
  expect(levels[0]).toBe(0.6);
  expect([...levels].sort((a, b) => a - b)).toEqual(levels);
  const boxes = evidenceShells(volumetry, phantom.evidence).map((mesh) => boxOf([mesh]));
  expect(boxes.length).toBeGreaterThan(1);
  const width = boxes.map((box) => (box?.high[0] ?? 0) - (box?.low[0] ?? 0));
  expect([...width].sort((a, b) => b - a)).toEqual(width);
  expect(surfaceStyle("evidence 1", 0.3, ["3d:evidence"]).isShown).toBe(false);
  expect(surfaceStyle("brain", 0, []).isShown).toBe(false);
});

it("a cut from the left takes the left away", () => {
  const cut = cutOf({ isOn: true, side: "L", share: 0.5 }, boxOf(phantom.meshes));
  expect(isCutAway([-40, 0, 0], cut)).toBe(true);
  expect(isCutAway([40, 0, 0], cut)).toBe(false);
  expect(cutOf({ isOn: false, side: "L", share: 0.5 }, boxOf(phantom.meshes))).toBeNull();
});

it("choosing a row moves the crosshair there and tells how it was taken", async () => {
  render(
    <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
      <MeasurementsPanel volumetry={volumetry} />
    </MantineProvider>,
  );
  const volumes = screen.getByRole("table", { name: "Volumes" });
  expect(within(volumes).getByText("0.91")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: /^L1/ }));
  expect(useViewer.getState().crosshair).toEqual(lesion?.center_mm);
  expect(useViewer.getState().measurement).toBe("lesion:L1");
  expect(screen.getByText(/Measurable by RANO/)).toBeVisible();
  expect(screen.getByText("VASARI, 3 of 5 assessed")).toBeVisible();
});

it("how far the evidence lies on the segmented tumor is told beside what chance would give", () => {
  const overlap = {
    region: "WT",
    peak_on_tumor: false,
    share_on_tumor: 0.42,
    tumor_share: 0.03,
    iou: 0.2,
  };
  const evidence = volumetry.evidence ? { ...volumetry.evidence, overlap } : null;
  render(
    <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
      <MeasurementsPanel volumetry={{ ...volumetry, evidence }} />
    </MantineProvider>,
  );
  expect(screen.getByText("42 %, peak beside it")).toBeVisible();
  expect(screen.getByTitle(/By chance it would be 3 %/)).toBeVisible();
});
