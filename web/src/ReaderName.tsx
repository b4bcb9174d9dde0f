import { Button, Group, Text, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { LONGEST_NAME, useReader } from "./queries/reader.ts";
import { Dialog } from "./ui/Dialog.tsx";

/** Says under whose name the page works, and lets them change it. */
export function ReaderName() {
  const { name, setName } = useReader();
  const [isOpen, setIsOpen] = useState(false);
  const [typed, setTyped] = useState(name);
  const opener = useRef<HTMLButtonElement>(null);
  const open = () => {
    setTyped(name);
    setIsOpen(true);
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    setName(typed);
    setIsOpen(false);
  };
  return (
    <>
      <Button
        aria-label={name ? `Reader: ${name}. Change` : "Say who you are"}
        maw={180}
        onClick={open}
        ref={opener}
        size="compact-sm"
        variant="default"
      >
        {name || "Who are you?"}
      </Button>
      <Dialog
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        opener={opener.current}
        title="Who are you?"
      >
        <form onSubmit={save}>
          <Text fz="sm" mb="sm">
            Your name stands under all that you draw, submit, train and promote, and in the audit
            trail. There are no accounts: nobody checks it.
          </Text>
          <TextInput
            autoComplete="name"
            data-autofocus
            description="Left empty, the name the server was started with is used."
            label="Your name"
            maxLength={LONGEST_NAME}
            onChange={(event) => setTyped(event.currentTarget.value)}
            value={typed}
          />
          <Group gap="xs" justify="end" mt="md">
            <Button onClick={() => setIsOpen(false)} variant="default">
              Cancel
            </Button>
            <Button type="submit">Use this name</Button>
          </Group>
        </form>
      </Dialog>
    </>
  );
}
