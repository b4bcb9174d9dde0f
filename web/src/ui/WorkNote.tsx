import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { ProblemNote } from "./ProblemNote.tsx";
import { WorkProgress } from "./WorkProgress.tsx";

interface Said {
  readonly title: string;
  readonly detail: string;
  readonly fix: string;
}

interface Props {
  readonly label: string;
  readonly work: {
    readonly state: "queued" | "running" | "done" | "failed" | "canceled";
    /** 0..1 */
    readonly progress: number;
    readonly message: string;
    readonly problem?: Said | null;
  };
  /** What to say of work that a person has stopped. */
  readonly canceled: Pick<Said, "detail" | "fix">;
  readonly onCancel: () => void;
  readonly onRetry: () => void;
  /** True while the server has not answered to one of the two. */
  readonly isAsking: boolean;
  /** Why one of the two was refused. */
  readonly failure: Said | null;
  /** What else can be done. */
  readonly children?: ReactNode;
}

/** Work on the server: how far it is, why it stopped, and the button for either. */
export function WorkNote({ label, work, canceled, failure, ...props }: Props) {
  const isStopped = work.state === "failed" || work.state === "canceled";
  return (
    <>
      {work.state === "queued" || work.state === "running" ? (
        <WorkProgress
          fraction={work.progress}
          label={label}
          message={work.message || (work.state === "queued" ? "Waiting for its turn" : "At work")}
        >
          {props.children}
          <Button
            loading={props.isAsking}
            onClick={props.onCancel}
            size="compact-xs"
            variant="default"
          >
            Cancel
          </Button>
        </WorkProgress>
      ) : null}
      {isStopped ? (
        <ProblemNote {...(work.problem ?? { title: "Canceled", ...canceled })}>
          <Button loading={props.isAsking} onClick={props.onRetry} size="xs" variant="light">
            Try again
          </Button>
          {props.children}
        </ProblemNote>
      ) : null}
      {failure ? <ProblemNote {...failure} /> : null}
    </>
  );
}
