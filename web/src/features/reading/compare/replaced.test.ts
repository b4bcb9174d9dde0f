import { expect, it } from "vitest";
import { type Replacement, splitPictures } from "../../../queries/replacements.ts";
import { changed, middle, outlined, replacedWords } from "./replaced.ts";

function found(before: number, after: number, sham_drops: number[]): Replacement {
  const drop = before - after;
  return { region: "tumor", before, after, drop, sham_drops } as unknown as Replacement;
}

it("a fall beyond all shams says that the score rests on the place", () => {
  const words = replacedWords(found(3, 0.2, [0.1, -0.3, 0.2]), "glioma");
  expect(words).toMatch(/falls from \+3\.00 to \+0\.20, further than .* any of 3 other places/);
  expect(words).toMatch(/rests on this place\.$/);
  expect(replacedWords(found(3, 2, [0.1]), "glioma")).toMatch(/rests on other places, too\.$/);
});

it("a fall that shams reach, or none, is no proof", () => {
  expect(replacedWords(found(3, 2, [0.1, 1.5]), "glioma")).toMatch(/1 of 2 other places: no sign/);
  expect(replacedWords(found(3, 2.9, [0]), "glioma")).toMatch(/hardly falls/);
  expect(replacedWords(found(3, 3.5, []), "glioma")).toMatch(/does not fall/);
  expect(replacedWords(found(3, 1, []), "glioma")).toMatch(/is not known\.$/);
});

it("nothing is said before anything is found", () => {
  const waiting = { ...found(0, 0, []), before: null } as Replacement;
  expect(replacedWords(waiting, "glioma")).toBeNull();
});

it("the shams are told by their middle", () => {
  expect(middle([0.4, 0, 0.2])).toBe(0.2);
  expect(middle([0.5, 0])).toBe(0.25);
  expect(middle([])).toBeNull();
});

it("the rim lies around the part, and the part itself stays gray", () => {
  const part = new Float32Array(25);
  part[12] = 1;
  const rgba = outlined(new Float32Array(25).fill(0.5), part, 5);
  const colored = [...Array(25).keys()].filter((pixel) => rgba[pixel * 4] !== rgba[pixel * 4 + 2]);
  expect(colored).toEqual([7, 11, 13, 17]);
});

it("the answer of the server is cut into its pictures, with a sham or without", () => {
  const bytes = Float32Array.from({ length: 8 }, (_, at) => at).buffer;
  const four = splitPictures(bytes, "4,1,2");
  expect([...(four.sham ?? [])]).toEqual([6, 7]);
  expect(splitPictures(bytes.slice(0, 24), "3,1,2").sham).toBeNull();
  expect(() => splitPictures(bytes, "3,1,2")).toThrow(/announced/);
});

it("the place of a sham is where its picture differs, without holes", () => {
  const picture = new Float32Array(36).fill(0.5);
  const sham = picture.slice();
  for (const at of [8, 9, 10, 14, 16, 20, 21, 22]) {
    sham[at] = 0.7; // three by three pixels, in columns 2 to 4, with the same gray in the middle
  }
  const found = changed(picture, sham, 6);
  expect([...found.keys()].filter((at) => found[at])).toEqual([8, 9, 10, 14, 15, 16, 20, 21, 22]);
  expect(changed(picture, picture, 6).some(Boolean)).toBe(false);
});
