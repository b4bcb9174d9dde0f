import { Alert, Code, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  readonly title: string;
  readonly detail: string;
  /** How to mend it. */
  readonly fix: string;
  /** Buttons that do so. */
  readonly children?: ReactNode;
}

/** What went wrong, how to mend it, and the button that does. */
export function ProblemNote({ title, detail, fix, children }: Props) {
  return (
    <Alert color="red" role="alert" title={title} variant="outline">
      <Text fz="sm">{withCommands(detail)}</Text>
      <Text fw={600} fz="sm" mt={4}>
        {withCommands(fix)}
      </Text>
      {children ? (
        <Group gap="xs" mt="sm">
          {children}
        </Group>
      ) : null}
    </Alert>
  );
}

/** What stands between backticks is typed into a terminal, and looks like it. */
function withCommands(words: string): ReactNode[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a sentence never change places
  return words.split("`").map((part, at) => (at % 2 ? <Code key={at}>{part}</Code> : part));
}
