import { Button, Group, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { problemOf } from "../../client/api.ts";
import { useTrial } from "../../queries/comparison.ts";
import { isAtWork, useJob, useJobControls } from "../../queries/jobs.ts";
import type { ModelVersion } from "../../queries/models.ts";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { WorkNote } from "../../ui/WorkNote.tsx";
import classes from "./Models.module.css";

interface Props {
  readonly studyId: string;
  readonly version: ModelVersion;
}

/** A version that has not read the study yet, and the button that lets it. */
export function Missing({ studyId, version }: Props) {
  const client = useQueryClient();
  const trial = useTrial(studyId);
  const job = useJob(trial.data);
  const controls = useJobControls();
  const isDone = job?.state === "done";
  useEffect(() => {
    if (isDone) {
      void client.invalidateQueries({ queryKey: ["analysis", studyId] });
    }
  }, [client, isDone, studyId]);
  const label = `Reading by ${version.model.version}`;
  return (
    <section aria-label={label} className={classes.note}>
      {job && !isDone ? (
        <WorkNote
          canceled={{ detail: "The trial reading was stopped.", fix: "Nothing changed." }}
          failure={controls.failure}
          isAsking={controls.isAsking}
          label={label}
          onCancel={() => controls.onCancel(job.id)}
          onRetry={() => controls.onRetry(job.id)}
          work={job}
        />
      ) : (
        <Group gap="md">
          <Text fz="sm">Version {version.model.version} has not read this study yet.</Text>
          <Button
            disabled={isAtWork(job)}
            loading={trial.isPending}
            onClick={() => trial.mutate(version.id)}
            size="xs"
            variant="light"
          >
            Let it read
          </Button>
        </Group>
      )}
      {trial.isError ? <ProblemNote {...problemOf(trial.error)} /> : null}
    </section>
  );
}
