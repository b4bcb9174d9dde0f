import { Button, Text } from "@mantine/core";
import { problemOf } from "../../client/api.ts";
import { useRequestAnalysis } from "../../queries/analyses.ts";
import { isAtWork, type Job, useCancelJob, useJob, useRetryJob } from "../../queries/jobs.ts";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { WorkProgress } from "../../ui/WorkProgress.tsx";

interface Props {
  readonly studyId: string;
  readonly job: Job | null;
  readonly isAnalyzed: boolean;
}

/** The work on this study: how far it is, why it failed, and what can be done. */
export function JobNote({ studyId, job: known, isAnalyzed }: Props) {
  const job = useJob(known);
  const cancel = useCancelJob();
  const retry = useRetryJob();
  const request = useRequestAnalysis(studyId);
  const failure = cancel.error ?? retry.error ?? request.error;
  const isStopped = job?.state === "failed" || job?.state === "canceled";
  if (!isAtWork(job) && !isStopped && isAnalyzed && !failure) {
    return null;
  }
  return (
    <Panel title="Analysis">
      {isAtWork(job) ? (
        <WorkProgress
          fraction={job.progress}
          label="Analysis"
          message={job.message || (job.state === "queued" ? "Waiting for its turn" : "At work")}
        >
          <Button
            loading={cancel.isPending}
            onClick={() => cancel.mutate(job.id)}
            size="compact-xs"
            variant="default"
          >
            Cancel
          </Button>
        </WorkProgress>
      ) : null}
      {isStopped ? (
        <ProblemNote
          detail={job.problem?.detail ?? "The analysis was stopped; what was done is kept."}
          fix={job.problem?.fix ?? "Try again to go on where it stopped."}
          title={job.problem?.title ?? "Canceled"}
        >
          <Button
            loading={retry.isPending}
            onClick={() => retry.mutate(job.id)}
            size="xs"
            variant="light"
          >
            Try again
          </Button>
        </ProblemNote>
      ) : null}
      {!isAtWork(job) && !isStopped && !isAnalyzed ? (
        <>
          <Text fz="sm" mb="xs">
            This study has not been analyzed.
          </Text>
          <Button loading={request.isPending} onClick={() => request.mutate()} size="xs">
            Analyze it
          </Button>
        </>
      ) : null}
      {failure ? <ProblemNote {...problemOf(failure)} /> : null}
    </Panel>
  );
}
