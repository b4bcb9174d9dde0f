import { Group, Progress, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  readonly label: string;
  /** 0..1 */
  readonly fraction: number;
  readonly message: string;
  readonly children?: ReactNode;
}

/** A bar, its share in numbers, and what is being done. */
export function WorkProgress({ label, fraction, message, children }: Props) {
  const percent = Math.floor(fraction * 100);
  return (
    <div>
      <Group gap="xs" justify="space-between" mb={4} wrap="nowrap">
        <Text c="dark.1" fz="xs" truncate>
          {message}
        </Text>
        <Text c="dark.1" ff="monospace" fz="xs">
          {percent}&nbsp;%
        </Text>
      </Group>
      <Group gap="xs" wrap="nowrap">
        <Progress.Root flex={1} size="sm">
          <Progress.Section aria-label={label} value={percent} />
        </Progress.Root>
        {children}
      </Group>
    </div>
  );
}
