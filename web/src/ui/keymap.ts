/** Keys as data: one list drives the listener and the help. */

import { useEffect, useRef } from "react";

export interface KeyBinding {
  /** As it is written for people, for example "Shift+1", "ArrowUp" or "H". */
  readonly keys: readonly string[];
  readonly does: string;
  readonly onPress?: (event: KeyboardEvent) => void;
  /** For keys that act as long as they are held. */
  readonly onHold?: (isDown: boolean) => void;
}

/** The name of a key press, in the words of `KeyBinding.keys`. */
export function keyName(event: KeyboardEvent): string {
  const digit = /^Digit([0-9])$/.exec(event.code);
  const letter = event.key === " " ? "Space" : event.key;
  const key = digit?.[1] ?? (letter.length === 1 ? letter.toUpperCase() : letter);
  const isSign = event.key.length === 1 && !/[a-z0-9 ]/i.test(event.key) && !digit;
  return [
    event.ctrlKey || event.metaKey ? "Ctrl+" : "",
    event.altKey ? "Alt+" : "",
    event.shiftKey && !isSign ? "Shift+" : "",
    key,
  ].join("");
}

/** Space presses these. */
const PRESSED = "button, a, summary, input, [role=button], [role=switch], [role=radio]";
const TYPING = "input:not([type=radio]):not([type=checkbox]):not([type=range]), textarea, select";

/** Keys that the focused control needs for itself. */
function belongsToControl(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof Element)) {
    return false;
  }
  if (target.matches(TYPING) || target.closest("[role=dialog], [role=listbox], [role=menu]")) {
    return true;
  }
  if (event.key === " " && target.matches(PRESSED)) {
    return true;
  }
  const isMoving = /^(Arrow|Page|Home|End)/.test(event.key);
  return isMoving && target.matches("input, [role=slider]:not([data-keys=page])");
}

/** Listen while the component is on the page. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
    const find = (event: KeyboardEvent) => {
      const name = keyName(event);
      return latest.current.find(({ keys }) => keys.includes(name));
    };
    const onKeyDown = (event: KeyboardEvent) => {
      const binding = belongsToControl(event) ? undefined : find(event);
      if (!binding) {
        return;
      }
      event.preventDefault();
      if (binding.onHold && !event.repeat) {
        binding.onHold(true);
      }
      binding.onPress?.(event);
    };
    const releaseAll = () => {
      for (const { onHold } of latest.current) {
        onHold?.(false);
      }
    };
    // A key let go over another window never tells: let all go when this one loses the focus.
    const onKeyUp = (event: KeyboardEvent) => find(event)?.onHold?.(false);
    window.addEventListener("keydown", onKeyDown);
    window.addEventListener("keyup", onKeyUp);
    window.addEventListener("blur", releaseAll);
    return () => {
      window.removeEventListener("keydown", onKeyDown);
      window.removeEventListener("keyup", onKeyUp);
      window.removeEventListener("blur", releaseAll);
    };
  }, []);
}
