import { Button } from "@mantine/core";
import { problemOf } from "../../client/api.ts";
import { useRequestAnalysis } from "../../queries/analyses.ts";
import { ProblemNote } from "../../ui/ProblemNote.tsx";

interface Props {
  readonly studyId: string;
  readonly isAtWork: boolean;
  readonly label?: string;
}

/** Analyzes a study anew, with the models that are there now. */
export function AnalyzeAgain({ studyId, isAtWork, label = "Analyze again" }: Props) {
  const request = useRequestAnalysis(studyId);
  return (
    <>
      {request.isError ? <ProblemNote {...problemOf(request.error)} /> : null}
      <Button
        disabled={isAtWork}
        loading={request.isPending}
        mt="xs"
        onClick={() => request.mutate(undefined)}
        size="xs"
        variant="light"
      >
        {label}
      </Button>
    </>
  );
}
