import { Button, Progress, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Problem, problemOf } from "../../client/api.ts";
import { isAtWork } from "../../queries/jobs.ts";
import { useIndexJob, useIndexState, useRenewIndex } from "../../queries/similar.ts";
import { ProblemNote } from "../../ui/ProblemNote.tsx";

interface Props {
  /** Why nothing can be shown. */
  readonly problem: Problem;
  readonly onRetry: () => void;
}

const BUTTONS: Readonly<Record<string, string>> = {
  missing: "Index the analyzed studies",
  empty: "Index the analyzed studies",
  stale: "Make the vectors again",
  damaged: "Make the index again",
};

/** Why similar cases cannot be shown, and the button that mends it. */
export function IndexNote({ problem, onRetry }: Props) {
  const client = useQueryClient();
  const state = useIndexState(true);
  const job = useIndexJob(true);
  const renew = useRenewIndex();
  const isWorking = isAtWork(job.data);
  const ended = job.data?.state === "done" ? job.data.id : null;
  // A renewal that has ended changes every answer.
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the job alone
  useEffect(() => {
    if (ended) {
      void client.invalidateQueries({ queryKey: ["similar index"] });
      void client.invalidateQueries({ queryKey: ["cohort map"] });
      onRetry();
    }
  }, [ended]);
  if (isWorking) {
    const done = Math.round((job.data?.progress ?? 0) * 100);
    return (
      <div role="status">
        <Text fz="sm">Past cases are being read: {done} %</Text>
        <Progress aria-label="Reading past cases" mt={4} size="sm" value={done} />
        <Text c="dark.1" fz="xs" mt={4}>
          This goes on in the background, and after a restart where it was.
        </Text>
      </div>
    );
  }
  const button = BUTTONS[state.data?.state ?? ""];
  const failed = job.data?.state === "failed" ? job.data.problem : null;
  return (
    <ProblemNote
      detail={problem.detail}
      fix={button ? "Press the button, or type `neuroscope index --rebuild`." : problem.fix}
      title="No similar cases"
    >
      {failed ? <Text fz="xs">Last time: {failed.detail}</Text> : null}
      {renew.isError ? <Text fz="xs">{problemOf(renew.error).detail}</Text> : null}
      {button ? (
        <Button loading={renew.isPending} onClick={() => renew.mutate()} size="xs" variant="light">
          {button}
        </Button>
      ) : null}
      <Button onClick={onRetry} size="xs" variant="default">
        Try again
      </Button>
    </ProblemNote>
  );
}
