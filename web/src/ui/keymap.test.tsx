import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { type KeyBinding, keyName, useKeys } from "./keymap.ts";

function Page({ bindings }: { bindings: KeyBinding[] }) {
  useKeys(bindings);
  return (
    <>
      <input aria-label="Search" />
      <input aria-label="Choice" type="radio" />
      <button type="button">Elsewhere</button>
    </>
  );
}

function pressed() {
  const log: string[] = [];
  const bindings: KeyBinding[] = [
    { keys: ["H"], does: "hide", onHold: (down) => log.push(down ? "hide" : "show") },
    { keys: ["ArrowDown"], does: "next", onPress: () => log.push("next") },
    { keys: ["?"], does: "help", onPress: () => log.push("help") },
    { keys: ["Shift+1"], does: "preset", onPress: () => log.push("preset") },
  ];
  render(<Page bindings={bindings} />);
  return log;
}

it("a key that is held acts until it is let go, once", () => {
  const log = pressed();
  fireEvent.keyDown(document.body, { key: "h", code: "KeyH" });
  fireEvent.keyDown(document.body, { key: "h", code: "KeyH", repeat: true });
  fireEvent.keyUp(document.body, { key: "h", code: "KeyH" });
  expect(log).toEqual(["hide", "show"]);
});

it("a held key is let go when the window loses the focus", () => {
  const log = pressed();
  fireEvent.keyDown(document.body, { key: "h", code: "KeyH" });
  fireEvent.blur(window);
  expect(log.at(-1)).toBe("show");
});

it("typing is not steering", () => {
  const log = pressed();
  fireEvent.keyDown(screen.getByRole("textbox"), { key: "h", code: "KeyH" });
  fireEvent.keyDown(screen.getByRole("textbox"), { key: "ArrowDown" });
  expect(log).toEqual([]);
});

it("arrows belong to a focused radio button, letters do not", () => {
  const log = pressed();
  fireEvent.keyDown(screen.getByRole("radio"), { key: "ArrowDown" });
  fireEvent.keyDown(screen.getByRole("radio"), { key: "?", code: "Slash", shiftKey: true });
  expect(log).toEqual(["help"]);
});

it("Space presses a focused button and steers only elsewhere", () => {
  const log: string[] = [];
  render(<Page bindings={[{ keys: ["Space"], does: "pan", onPress: () => log.push("pan") }]} />);
  fireEvent.keyDown(screen.getByRole("button"), { key: " ", code: "Space" });
  expect(log).toEqual([]);
  fireEvent.keyDown(document.body, { key: " ", code: "Space" });
  expect(log).toEqual(["pan"]);
});

it("Shift+1 is Shift+1 on every keyboard", () => {
  const event = new KeyboardEvent("keydown", { key: "!", code: "Digit1", shiftKey: true });
  expect(keyName(event)).toBe("Shift+1");
});
