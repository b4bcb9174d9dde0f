import { Button, Text } from "@mantine/core";
import { problemOf } from "../../client/api.ts";
import { useRequestAnalysis } from "../../queries/analyses.ts";
import { type Job, useJob, useJobControls } from "../../queries/jobs.ts";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { WorkNote } from "../../ui/WorkNote.tsx";

interface Props {
  readonly studyId: string;
  readonly job: Job | null;
  readonly isAnalyzed: boolean;
}

/** The work on this study: how far it is, why it failed, and what can be done. */
export function JobNote({ studyId, job: known, isAnalyzed }: Props) {
  const job = useJob(known);
  const { onCancel, onRetry, ...controls } = useJobControls();
  const request = useRequestAnalysis(studyId);
  const isOver = !job || job.state === "done";
  if (isOver && isAnalyzed && !controls.failure) {
    return null;
  }
  return (
    <Panel title="Analysis">
      {job ? (
        <WorkNote
          {...controls}
          canceled={{
            detail: "The analysis was stopped; what was done is kept.",
            fix: "Try again to go on where it stopped.",
          }}
          label="Analysis"
          onCancel={() => onCancel(job.id)}
          onRetry={() => onRetry(job.id)}
          work={job}
        />
      ) : null}
      {isOver && !isAnalyzed ? (
        <>
          <Text fz="sm" mb="xs">
            This study has not been analyzed.
          </Text>
          <Button loading={request.isPending} onClick={() => request.mutate()} size="xs">
            Analyze it
          </Button>
          {request.isError ? <ProblemNote {...problemOf(request.error)} /> : null}
        </>
      ) : null}
    </Panel>
  );
}
