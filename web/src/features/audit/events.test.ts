import { expect, it } from "vitest";
import { clockOf, deedOf, factsOf, gistOf, studyOf } from "./events.ts";

it("an event says what was done, and what tells it from others", () => {
  const edit = {
    action: "annotation.edit",
    payload: '{"kind":"not_evidence","study_id":"s1","version":3}',
  };
  expect(deedOf(edit)).toBe("changed an annotation");
  expect(gistOf(edit)).toBe("ignore this, version 3");
  expect(studyOf(edit)).toBe("s1");
});

it("a model is named with its version and what its certificate concludes", () => {
  const payload = '{"name":"evidence","verdict":"promote","version":"0.1.0"}';
  expect(gistOf({ action: "model.register", payload })).toBe("evidence 0.1.0 “promote”");
});

it("an action that is not known is shown as it is", () => {
  expect(deedOf({ action: "model.dance" })).toBe("model.dance");
});

it("a damaged payload breaks nothing", () => {
  expect(factsOf({ payload: '{"kind' })).toEqual({});
  expect(gistOf({ action: "annotation.edit", payload: "7" })).toBe("");
});

it("the time is that of the trail, in UTC, to the second", () => {
  expect(clockOf({ ts_utc: "2026-01-15T09:30:00.123456+00:00" })).toBe("2026-01-15 09:30:00");
});
