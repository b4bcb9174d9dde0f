import { expect, it } from "vitest";
import type { Analysis, SeriesFinding, SliceFinding } from "../../queries/analyses.ts";
import type { Series } from "../../queries/studies.ts";
import {
  allCautions,
  firstSlice,
  firstVoxel,
  largestGap,
  shownFinding,
  strongestVoxel,
  thresholdOf,
} from "./findings.ts";

function slice(index: number, label: string, p: number, gap = 1e-7): SliceFinding {
  return {
    index,
    name: `s${index}`,
    label,
    p_class: { [label]: p },
    outlier_score: null,
    doubt: null,
    map_tests: null,
    completeness_error: gap,
    cautions: [],
  };
}

function finding(slices: SliceFinding[], part: Partial<SeriesFinding> = {}): SeriesFinding {
  return {
    series_id: "a",
    axis: null,
    plane: null,
    decision: null,
    decided_by: [],
    not_run: [],
    evidence_targets: [],
    map_tests: null,
    cautions: [],
    slices,
    ...part,
  };
}

it("plain slices open at the surest tumor", () => {
  const found = finding([
    slice(0, "notumor", 0.99),
    slice(1, "glioma", 0.7),
    slice(2, "glioma", 0.9),
  ]);
  expect(firstSlice(found)).toBe(2);
});

it("slices without a tumor open at the first", () => {
  expect(firstSlice(finding([slice(0, "notumor", 0.9), slice(1, "notumor", 0.99)]))).toBe(0);
});

it("a volume opens at the slice that decided most", () => {
  const series = { shape: [10, 20, 30] } as unknown as Series;
  expect(firstVoxel(series, finding([], { axis: 2, decided_by: [22, 21] }))).toEqual([5, 10, 22]);
  expect(firstVoxel(series, null)).toEqual([5, 10, 15]);
});

it("the strongest evidence is found at its voxel", () => {
  const evidence = new Int16Array(2 * 3 * 4);
  evidence[1 + 2 * (2 + 3 * 3)] = 900;
  evidence[0] = -2000;
  expect(strongestVoxel(evidence, [2, 3, 4])).toEqual([1, 2, 3]);
});

it("the largest gap of all maps is shown, not the smallest", () => {
  expect(largestGap(finding([slice(0, "glioma", 1, 1e-7), slice(1, "glioma", 1, 2e-6)]))).toBe(
    2e-6,
  );
});

it("a slice that was not run has no finding", () => {
  expect(shownFinding(finding([slice(3, "glioma", 1)]), 2)).toBeNull();
  expect(shownFinding(finding([slice(3, "glioma", 1)]), 3)?.of).toBe("slice 4");
});

it("an outline never includes what slices without the class reach", () => {
  const analysis = {
    evidence: { threshold: 0.3, floor: { glioma: 0.02 }, scale: { glioma: 0.05 } },
  } as unknown as Analysis;
  expect(thresholdOf(analysis, "glioma", 0.01)).toBe(0.02);
  expect(thresholdOf(analysis, "glioma", 0.1)).toBeCloseTo(0.03);
});

it("that series or networks contradict each other is said before all other doubts", () => {
  const analysis = { cautions: ["They contradict each other."] } as unknown as Analysis;
  const here = finding([{ ...slice(0, "glioma", 1), cautions: ["Blurred."] }]);
  const series = { cautions: ["One slice is missing."] } as unknown as Series;
  expect(allCautions(analysis, here, shownFinding(here, 0), series, ["Without T2."])).toEqual([
    "They contradict each other.",
    "Without T2.",
    "Blurred.",
    "One slice is missing.",
  ]);
});
