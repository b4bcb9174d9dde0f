import { expect, it } from "vitest";
import { fingerprint, groupFiles } from "./files.ts";

function given(name: string, size = 3) {
  return { name, file: new File(["x".repeat(size)], name, { lastModified: 1_700_000_000_000 }) };
}

it("each folder and each zip becomes a study, loose files together one", () => {
  const groups = groupFiles([
    given("a/1.dcm"),
    given("a/deep/2.dcm"),
    given("b/1.dcm"),
    given("c.zip"),
    given("x.png"),
    given("y.png"),
  ]);
  expect(groups.map(({ title, files }) => [title, files.length])).toEqual([
    ["a", 2],
    ["b", 1],
    ["c.zip", 1],
    ["2 files", 2],
  ]);
});

it("a single file gives its name to the upload", () => {
  expect(groupFiles([given("t1c.nii.gz")])[0]?.title).toBe("t1c.nii.gz");
});

it("what systems hide in folders is left out", () => {
  const names = ["a/.DS_Store", "a/__MACOSX/1.dcm", "a/Thumbs.db", "a/1.dcm"];
  expect(groupFiles(names.map((name) => given(name)))[0]?.files).toHaveLength(1);
});

it("the same files are known again in any order, others are not", () => {
  const [one, two] = [given("a/1.dcm"), given("a/2.dcm")];
  expect(fingerprint([one, two])).toBe(fingerprint([two, one]));
  expect(fingerprint([one, two])).not.toBe(fingerprint([one, given("a/2.dcm", 4)]));
});

it("the mark that is kept names no file", () => {
  expect(fingerprint([given("Jane_Doe/1.dcm")])).not.toMatch(/jane|doe/i);
});
