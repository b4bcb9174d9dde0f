import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Dialog.module.css";

interface Props {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly size?: string;
  /** Where the focus goes afterwards, if not to where it came from. */
  readonly opener?: HTMLElement | null;
  readonly children: ReactNode;
}

/** A window over the page: takes the focus, closes with Esc, gives the focus back. */
export function Dialog({ title, isOpen, onClose, size = "md", opener = null, children }: Props) {
  return (
    <Modal.Root
      onClose={onClose}
      onExitTransitionEnd={() => opener?.focus()}
      opened={isOpen}
      size={size}
    >
      <Modal.Overlay />
      <Modal.Content>
        <div className={classes.header}>
          <Modal.Title fw={600}>{title}</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
