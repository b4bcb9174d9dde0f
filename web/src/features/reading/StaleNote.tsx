import { Button, Text } from "@mantine/core";
import { problemOf } from "../../client/api.ts";
import { useRequestAnalysis } from "../../queries/analyses.ts";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";

/** Says that another version of the model is active since, and lets it read the study. */
export function StaleNote({ studyId, version }: { studyId: string; version: string }) {
  const request = useRequestAnalysis(studyId);
  return (
    <Panel title="Read by an older model">
      <Text fz="sm" mb="xs">
        These answers were given by version {version}. Another version is active now.
      </Text>
      {request.isError ? <ProblemNote {...problemOf(request.error)} /> : null}
      <Button
        loading={request.isPending}
        onClick={() => request.mutate(undefined)}
        size="xs"
        variant="light"
      >
        Analyze with the active version
      </Button>
    </Panel>
  );
}
