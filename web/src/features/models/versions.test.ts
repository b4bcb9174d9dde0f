import { expect, it } from "vitest";
import type { ModelVersion } from "../../queries/models.ts";
import {
  canGoBack,
  groupedByModel,
  lineageOf,
  metricWords,
  settingRows,
  whyNotPromotable,
} from "./versions.ts";

function versionOf(id: string, facts: Partial<ModelVersion> = {}): ModelVersion {
  return {
    id,
    model: { name: "evidence", version: id, sha256: "9f2c".repeat(16) },
    status: "candidate",
    parent: null,
    displaced: null,
    created: "2026-01-15T09:30:00Z",
    is_shipped: false,
    verdict: "promote",
    data_manifest_sha256: null,
    annotation_head: null,
    seed: 0,
    has_canaries: false,
    metrics: [],
    config: {},
    certificate: null,
    files: {},
    ...facts,
  };
}

it("the model that learns stands first, the others by name", () => {
  const named = (name: string) => versionOf(name, { model: { name, version: "1", sha256: "" } });
  const groups = groupedByModel(["segmenter", "brain", "evidence", "brain"].map(named));
  expect(groups.map(({ name, versions }) => [name, versions.length])).toEqual([
    ["evidence", 1],
    ["brain", 2],
    ["segmenter", 1],
  ]);
});

it("a lineage goes back to the first version, and survives a circle", () => {
  const all = [
    versionOf("c", { parent: "b" }),
    versionOf("b", { parent: "a" }),
    versionOf("a", { parent: "gone" }),
    versionOf("x", { parent: "y" }),
    versionOf("y", { parent: "x" }),
  ] as const;
  expect(lineageOf(all[0], all).map(({ id }) => id)).toEqual(["a", "b", "c"]);
  expect(lineageOf(all[3], all).map(({ id }) => id)).toEqual(["y", "x"]);
});

it("only a candidate whose certificate says so can be promoted", () => {
  expect(whyNotPromotable(versionOf("a"))).toBeNull();
  expect(whyNotPromotable(versionOf("a", { verdict: null }))).toMatch(/no certificate/);
  expect(whyNotPromotable(versionOf("a", { verdict: "refuse" }))).toMatch(/refuses/);
  expect(whyNotPromotable(versionOf("a", { verdict: "insufficient" }))).toMatch(/too few/);
  expect(whyNotPromotable(versionOf("a", { status: "rejected" }))).toMatch(/put aside/);
  expect(whyNotPromotable(versionOf("a", { status: "active" }))).toMatch(/active/);
});

it("one goes back only from the active version, and only if it displaced one", () => {
  expect(canGoBack(versionOf("a", { status: "active", displaced: "b" }))).toBe(true);
  expect(canGoBack(versionOf("a", { status: "active" }))).toBe(false);
  expect(canGoBack(versionOf("a", { status: "retired", displaced: "b" }))).toBe(false);
});

it("nested settings are told by their path", () => {
  expect(settingRows({ loss: "energy", dual: { rule: "al", rho: 10 }, seeds: [0, 1] })).toEqual([
    ["loss", "energy"],
    ["dual.rule", "al"],
    ["dual.rho", "10"],
    ["seeds", "0, 1"],
  ]);
});

it("numbers stand with their interval", () => {
  expect(metricWords(0.97184, [0.9559, 0.98289])).toBe(".972 (.956 to .983)");
  expect(metricWords(-0.05, null)).toBe("-.050");
  expect(metricWords(1357, null)).toBe("1357");
});
