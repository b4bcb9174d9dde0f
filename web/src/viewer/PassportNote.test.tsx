import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";
import { isTrusted, type Passport, passportOf } from "../queries/passports.ts";
import { theme } from "../theme.ts";
import { PassportNote } from "./PassportNote.tsx";
import { useViewer } from "./store.ts";

const COMPLETE = {
  name: "completeness",
  claim: "All places together sum exactly to the score.",
  outcome: "passed",
  value: 3e-7,
  bound: 0.001,
  rule: "at most",
  bound_from: "fixed",
  interval: null,
  reason: "Largest gap, in logits.",
  details: {},
} as const;
const UNSTEADY = {
  ...COMPLETE,
  name: "repeatability",
  claim: "A little noise in the image leaves the map as it is.",
  outcome: "failed",
  value: 0.31,
  bound: 0.55,
  rule: "at least",
  bound_from: "default",
  reason: "",
} as const;
const NO_OUTLINE = {
  ...COMPLETE,
  name: "localization",
  claim: "It lies on the outlined tumor.",
  outcome: "not assessed",
  value: null,
  bound: null,
  reason: "Nobody has outlined a tumor here.",
} as const;

const PASSED: Passport = {
  target: "glioma",
  method: "evidence",
  outcome: "passed",
  sentence: "This map passed 1 of 1 tests.",
  tests: [COMPLETE, NO_OUTLINE],
};
const FAILED: Passport = {
  ...PASSED,
  outcome: "failed",
  sentence: "This map failed 1 of 2 tests: a little noise in the image changes it.",
  tests: [COMPLETE, UNSTEADY, NO_OUTLINE],
};

function show(passport: Passport | null) {
  return render(
    <MantineProvider env="test" forceColorScheme="dark" theme={theme}>
      <PassportNote passport={passport} />
    </MantineProvider>,
  );
}

beforeEach(() => useViewer.getState().open({}));

it("a map that passed says how many tests, and which were not made and why", () => {
  show(PASSED);
  expect(screen.getByText("1 of 1 tests passed")).toBeInTheDocument();
  expect(screen.getByText("Nobody has outlined a tumor here.")).toBeInTheDocument();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

it("a map that failed says why, and shows its colors only while it is held", () => {
  show(FAILED);
  expect(screen.getByText(/a little noise in the image changes it/)).toBeVisible();
  expect(screen.getByText(/0.31 \(at least 0.55, bound of other weights\)/)).toBeInTheDocument();
  const hold = screen.getByRole("button", { name: "Hold to show anyway" });
  fireEvent.pointerDown(hold);
  expect(useViewer.getState().showAnyway).toBe(true);
  fireEvent.pointerUp(hold);
  expect(useViewer.getState().showAnyway).toBe(false);
  fireEvent.keyDown(hold, { key: " " });
  expect(useViewer.getState().showAnyway).toBe(true);
  fireEvent.blur(hold);
  expect(useViewer.getState().showAnyway).toBe(false);
});

it("what is not known yet says nothing", () => {
  show(null);
  expect(screen.queryByRole("region", { name: "Tests of the map" })).not.toBeInTheDocument();
});

it("the passport of a class is found, and only a failure takes the trust away", () => {
  expect(passportOf([PASSED], "glioma")).toBe(PASSED);
  expect(passportOf([PASSED], "notumor")).toBeNull();
  expect(isTrusted(null)).toBe(true);
  expect(isTrusted({ ...PASSED, outcome: "not assessed" })).toBe(true);
  expect(isTrusted(FAILED)).toBe(false);
});
