import { Button, Group, Select, Text } from "@mantine/core";
import { useState } from "react";
import { problemOf } from "../../../client/api.ts";
import { type TumorTold, useRequestAnalysis } from "../../../queries/analyses.ts";
import type { Volumetry } from "../../../queries/volumetry.ts";
import { Panel } from "../../../ui/Panel.tsx";
import { ProblemNote } from "../../../ui/ProblemNote.tsx";

interface Props {
  readonly studyId: string;
  /** None in results that were made before it was told. */
  readonly smallParts: Volumetry["small_parts"];
  /** While the study is at work nothing else can be asked for. */
  readonly isAtWork: boolean;
}

const KINDS = [
  { value: "unknown", label: "As the classifier says" },
  { value: "glioma", label: "Glioma" },
  { value: "metastases", label: "Metastases" },
  { value: "other", label: "Another tumor" },
] satisfies readonly { value: TumorTold; label: string }[];
const RULES = {
  glioma: "a glioma: parts below 0.1 ml that are nowhere sure were dropped",
  metastases: "metastases: parts down to 0.02 ml were kept, smaller ones where they are sure",
  other: "any tumor: parts below 0.1 ml that are nowhere sure were dropped",
} as const;

/** Which small parts of the segmentation are believed, and another kind of tumor to judge them by. */
export function TumorKind({ studyId, smallParts, isAtWork }: Props) {
  const told: TumorTold = smallParts?.is_told ? smallParts.kind : "unknown";
  const [chosen, setChosen] = useState<TumorTold>(told);
  const request = useRequestAnalysis(studyId);
  return (
    <Panel title="Small parts">
      <Text fz="sm" mb="xs">
        {smallParts
          ? `Judged as those of ${RULES[smallParts.kind]}. ${smallParts.is_told ? "A reader said so." : "That followed the classifier."}`
          : "This result does not tell by which rule small parts were dropped."}
      </Text>
      {request.isError ? <ProblemNote {...problemOf(request.error)} /> : null}
      <Group align="end" gap="xs">
        <Select
          allowDeselect={false}
          data={KINDS}
          label="The tumor is known to be"
          onChange={(value) => setChosen((value ?? "unknown") as TumorTold)}
          size="xs"
          value={chosen}
        />
        <Button
          disabled={chosen === told || isAtWork}
          loading={request.isPending}
          onClick={() => request.mutate(chosen)}
          size="xs"
          variant="light"
        >
          Segment again
        </Button>
      </Group>
      <Text c="dark.1" fz="xs" mt={6}>
        The classifier knows no metastases: name them here, and small ones are kept. The whole study
        is analyzed anew.
      </Text>
    </Panel>
  );
}
