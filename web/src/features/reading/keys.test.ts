import { beforeEach, expect, it } from "vitest";
import { keyName } from "../../ui/keymap.ts";
import { useViewer } from "../../viewer/store.ts";
import { readingKeys } from "./keys.ts";

const idle = () => undefined;

function press(key: string, init: KeyboardEventInit = {}) {
  const viewer = useViewer.getState();
  const keys = readingKeys({ viewer, step: idle, toEnd: idle, help: idle });
  const event = new KeyboardEvent("keydown", { key, ...init });
  const pressed = keys.filter((binding) => binding.keys.includes(keyName(event)));
  expect(pressed).toHaveLength(1);
  pressed[0]?.onPress?.(event);
}

beforeEach(() => useViewer.getState().open({}));

it("no key does two things, and every action is said once", () => {
  const viewer = useViewer.getState();
  for (const isActive of [false, true]) {
    const all = readingKeys({
      viewer,
      step: idle,
      toEnd: idle,
      move: idle,
      toStrongest: idle,
      space: { isActive, nextLayout: idle },
      help: idle,
    });
    const keys = all.flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(all.map(({ does }) => does)).size).toBe(all.length);
  }
});

it("a digit shows the evidence for its class", () => {
  press("3", { code: "Digit3" });
  expect(useViewer.getState().target).toBe("pituitary");
});

it("keys zoom and move the picture, and add up", () => {
  press("+", { code: "BracketRight" });
  press("=", { code: "Equal" });
  press("-", { code: "Minus" });
  press("ArrowLeft", { ctrlKey: true });
  press("ArrowDown", { ctrlKey: true });
  const { zoom, right, down } = useViewer.getState().nudged;
  expect(zoom).toBe(1);
  expect(right).toBeLessThan(0);
  expect(down).toBeGreaterThan(0);
});
