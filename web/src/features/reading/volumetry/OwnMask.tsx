import { Button, FileButton, Group, Select, Text } from "@mantine/core";
import { useState } from "react";
import { problemOf } from "../../../client/api.ts";
import { type LabelScheme, useGiveMask, useTakeMaskBack } from "../../../queries/masks.ts";
import { Panel } from "../../../ui/Panel.tsx";
import { ProblemNote } from "../../../ui/ProblemNote.tsx";

interface Props {
  readonly studyId: string;
  /** Whether a mask was measured here, and no network. */
  readonly isGiven: boolean;
  /** While the study is at work nothing else can be asked for. */
  readonly isAtWork: boolean;
}

const FOUND = "found";
const SCHEMES = [
  { value: FOUND, label: "Find out from the file" },
  { value: "2023", label: "BraTS 2023: 3 enhances" },
  { value: "2018", label: "BraTS 2017-2020: 4 enhances" },
  { value: "post", label: "BraTS 2024: 3 enhances, 4 is a cavity" },
  { value: "2013", label: "BraTS 2012-2015: 3 core, 4 enhances" },
  { value: "msd", label: "MSD: 1 edema, 2 core, 3 enhances" },
  { value: "ped", label: "BraTS-PED: 1 enhances, 4 edema" },
] satisfies readonly { value: LabelScheme | typeof FOUND; label: string }[];

/** A segmentation from elsewhere, measured in the place of the network's, and the way back. */
export function OwnMask({ studyId, isGiven, isAtWork }: Props) {
  const [scheme, setScheme] = useState<LabelScheme | typeof FOUND>(FOUND);
  const give = useGiveMask(studyId);
  const takeBack = useTakeMaskBack(studyId);
  const refusal = give.error ?? takeBack.error;
  const isAsking = give.isPending || takeBack.isPending;
  return (
    <Panel title="Your own segmentation">
      <Text fz="sm" mb="xs">
        {isGiven
          ? "What is shown and measured here is a segmentation that a reader gave, not one of the network."
          : "A segmentation from elsewhere can take the place of this one: a NIfTI file, drawn on one of the sequences."}
      </Text>
      {refusal ? <ProblemNote {...problemOf(refusal)} /> : null}
      <Select
        allowDeselect={false}
        data={SCHEMES}
        label="What its numbers mean"
        onChange={(value) => setScheme((value ?? FOUND) as LabelScheme | typeof FOUND)}
        size="xs"
        value={scheme}
      />
      <Group gap="xs" mt="xs">
        <FileButton
          accept=".nii,.gz"
          onChange={(file) =>
            file && give.mutate({ file, labels: scheme === FOUND ? null : scheme })
          }
        >
          {(props) => (
            <Button
              {...props}
              disabled={isAtWork || isAsking}
              loading={give.isPending}
              size="xs"
              variant="light"
            >
              {isGiven ? "Give another…" : "Give a segmentation…"}
            </Button>
          )}
        </FileButton>
        {isGiven ? (
          <Button
            disabled={isAtWork || isAsking}
            loading={takeBack.isPending}
            onClick={() => takeBack.mutate()}
            size="xs"
            variant="default"
          >
            Back to the network
          </Button>
        ) : null}
      </Group>
      <Text c="dark.1" fz="xs" mt={6}>
        The whole study is analyzed anew. If the file does not fit the study, the network segments
        it as before, and the cautions say why.
      </Text>
    </Panel>
  );
}
