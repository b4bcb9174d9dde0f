import { Kbd, Modal, Table } from "@mantine/core";
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

/** All keys and gestures of the page. */
export function KeyHelp({ isOpen, onClose, bindings, gestures }: Props) {
  return (
    <Modal
      closeButtonProps={{ "aria-label": "Close" }}
      onClose={onClose}
      opened={isOpen}
      size="lg"
      title="Keys and gestures"
    >
      <Table verticalSpacing={5}>
        <Table.Tbody>
          {bindings.map(({ keys, does }) => (
            <Table.Tr key={does}>
              <Table.Td w={210}>
                {keys.map((key) => (
                  <Kbd key={key} mr={6}>
                    {sign(key)}
                  </Kbd>
                ))}
              </Table.Td>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
          {gestures.map(([gesture, does]) => (
            <Table.Tr key={gesture}>
              <Table.Td>{gesture}</Table.Td>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
