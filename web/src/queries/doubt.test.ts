import { expect, it } from "vitest";
import {
  type Doubt,
  headsSentence,
  isAbstained,
  ordinarySentence,
  setSentence,
  thresholdSentence,
} from "./doubt.ts";

const DOUBT: Doubt = {
  sets: { "80": ["glioma"], "90": ["glioma", "meningioma"], "95": ["glioma", "meningioma"] },
  p_fits: { glioma: 0.4, meningioma: 0.12, pituitary: 0.02, notumor: 0.01 },
  p_ordinary: 0.4,
  p_tests: {},
  entropy: 0.5,
  mutual_information: 0.01,
  p_tumor: 0.9,
  tumor_threshold: 0.3,
  sensitivity: 0.95,
  abstains: [],
  not_assessed: "",
};

it("names the classes that cannot be excluded", () => {
  expect(setSentence(DOUBT)).toBe("At 90 % confidence: glioma or meningioma.");
});

it("says that nothing can be excluded instead of naming all classes", () => {
  const all = ["glioma", "meningioma", "pituitary", "notumor"];
  expect(setSentence({ ...DOUBT, sets: { ...DOUBT.sets, "90": all } })).toMatch(/no class can be/);
});

it("an empty set says so, and which classes a wider one holds", () => {
  const sets = { "80": [], "90": [], "95": ["pituitary"] };
  expect(setSentence({ ...DOUBT, sets })).toMatch(/no class fits.*At 95 %: pituitary tumor\.$/);
  expect(setSentence({ ...DOUBT, sets: { ...sets, "95": [] } })).toMatch(/read it with care\.$/);
});

it("a volume says why there is no set, and an older result nothing", () => {
  expect(setSentence({ ...DOUBT, sets: {}, not_assessed: "A volume is none." })).toBe(
    "A volume is none.",
  );
  expect(setSentence(null)).toBeNull();
});

it("the threshold names its side, and is silent where none was proved", () => {
  expect(thresholdSentence(DOUBT)).toBe(
    "Above the threshold that was proved to find 95 % of the tumors.",
  );
  expect(thresholdSentence({ ...DOUBT, p_tumor: 0.2 })).toMatch(/^Below/);
  expect(thresholdSentence({ ...DOUBT, tumor_threshold: null })).toBeNull();
});

it("unusual images and torn heads are named", () => {
  expect(ordinarySentence(DOUBT)).toMatch(/^40 %/);
  expect(ordinarySentence({ ...DOUBT, p_ordinary: 0.004 })).toMatch(/^Less than 1 %/);
  expect(headsSentence({ ...DOUBT, mutual_information: 0.4 })).toMatch(/disagree/);
  expect(headsSentence({ ...DOUBT, mutual_information: null })).toBeNull();
});

it("abstains where there is a reason", () => {
  expect(isAbstained(DOUBT)).toBe(false);
  expect(isAbstained({ ...DOUBT, abstains: ["Turn it."] })).toBe(true);
  expect(isAbstained(undefined)).toBe(false);
});
