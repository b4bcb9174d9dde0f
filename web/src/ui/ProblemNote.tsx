import { Alert, Group, Text } from "@mantine/core";
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
      <Text fz="sm">{detail}</Text>
      <Text fw={600} fz="sm" mt={4}>
        {fix}
      </Text>
      {children ? (
        <Group gap="xs" mt="sm">
          {children}
        </Group>
      ) : null}
    </Alert>
  );
}
