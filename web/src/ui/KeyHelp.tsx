import { Kbd, Text } from "@mantine/core";
import { Dialog } from "./Dialog.tsx";
import classes from "./KeyHelp.module.css";
import type { KeyBinding } from "./keymap.ts";

const SIGNS: Record<string, string> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
};

interface Props {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly bindings: readonly KeyBinding[];
  /** What the mouse does, in the same two columns. */
  readonly gestures: readonly (readonly [gesture: string, does: string])[];
}

function sign(keys: string): string {
  return keys.replace(/Arrow\w+/, (name) => SIGNS[name] ?? name);
}

/** All keys and gestures of the page, on one screen. */
export function KeyHelp({ isOpen, onClose, bindings, gestures }: Props) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} size="860px" title="Keys and gestures">
      <ul aria-label="Keys" className={classes.list}>
        {bindings.map(({ keys, does }) => (
          <li className={classes.row} key={does}>
            <span className={classes.keys}>
              {keys.map((key) => (
                <Kbd key={key}>{sign(key)}</Kbd>
              ))}
            </span>
            {does}
          </li>
        ))}
      </ul>
      <Text c="dark.1" component="h3" fw={600} fz="sm" mb={2} mt="md">
        Mouse
      </Text>
      <ul aria-label="Mouse" className={classes.list}>
        {gestures.map(([gesture, does]) => (
          <li className={classes.row} key={gesture}>
            <span>{gesture}</span>
            {does}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
