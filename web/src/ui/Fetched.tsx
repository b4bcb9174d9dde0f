import { Button, Center, Loader } from "@mantine/core";
import type { ReactNode } from "react";
import { ProblemNote } from "./ProblemNote.tsx";

interface Props {
  /** What is waited for: "Loading the models". */
  readonly label: string;
  readonly isPending: boolean;
  /** Why it did not come. */
  readonly problem: {
    readonly title: string;
    readonly detail: string;
    readonly fix: string;
  } | null;
  readonly onRetry: () => void;
  readonly children?: ReactNode;
}

/** Something from the server: a wheel while it is on its way, its problem if it does not come. */
export function Fetched({ label, isPending, problem, onRetry, children }: Props) {
  if (problem) {
    return (
      <ProblemNote detail={problem.detail} fix={problem.fix} title={problem.title}>
        <Button onClick={onRetry} size="xs" variant="light">
          Try again
        </Button>
      </ProblemNote>
    );
  }
  if (isPending) {
    return (
      <Center p="xl">
        <Loader aria-label={label} role="status" />
      </Center>
    );
  }
  return <>{children}</>;
}
