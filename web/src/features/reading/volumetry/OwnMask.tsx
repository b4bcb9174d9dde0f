import { Button, FileButton, Group, Select, Text } from "@mantine/core";
import { useRef, useState } from "react";
import { problemOf } from "../../../client/api.ts";
import { type LabelScheme, useGiveMask, useTakeMaskBack } from "../../../queries/masks.ts";
import { Panel } from "../../../ui/Panel.tsx";
import { ProblemNote } from "../../../ui/ProblemNote.tsx";

interface Props {
  readonly studyId: string;
  /** Whether a mask holds for the study: it is measured until it is taken back. */
  readonly isHeld?: boolean | undefined;
  /** Whether a mask was measured in the analysis on display, and no network spoke. */
  readonly isMeasured: boolean;
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

function sentenceOf(isHeld: boolean, isMeasured: boolean): string {
  if (isMeasured) {
    return "What is shown and measured here is a segmentation that a reader gave, not one of the network.";
  }
  return isHeld
    ? "A reader gave a segmentation of this study, which is not what is shown here. The cautions may say why."
    : "A segmentation from elsewhere can take the place of the network's: a NIfTI file, drawn on one of the sequences.";
}

/** A segmentation from elsewhere, measured in the place of the network's, and the way back. */
export function OwnMask({ studyId, isHeld = false, isMeasured, isAtWork }: Props) {
  const [scheme, setScheme] = useState<LabelScheme | typeof FOUND>(FOUND);
  const forget = useRef<() => void>(null);
  const give = useGiveMask(studyId);
  const takeBack = useTakeMaskBack(studyId);
  const refusal = give.error ?? takeBack.error;
  const isAsking = give.isPending || takeBack.isPending;
  const send = (file: File | null) => {
    if (file) {
      takeBack.reset();
      give.mutate({ file, labels: scheme === FOUND ? null : scheme });
      forget.current?.(); // so that the same file can be chosen again
    }
  };
  const goBack = () => {
    give.reset();
    takeBack.mutate();
  };
  return (
    <Panel title="Your own segmentation">
      <Text fz="sm" mb="xs">
        {sentenceOf(isHeld, isMeasured)}
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
        <FileButton accept=".nii,.gz" onChange={send} resetRef={forget}>
          {(props) => (
            <Button
              {...props}
              disabled={isAtWork || isAsking}
              loading={give.isPending}
              size="xs"
              variant="light"
            >
              {isHeld ? "Give another…" : "Give a segmentation…"}
            </Button>
          )}
        </FileButton>
        {isHeld ? (
          <Button
            disabled={isAtWork || isAsking}
            loading={takeBack.isPending}
            onClick={goBack}
            size="xs"
            variant="default"
          >
            Back to the network
          </Button>
        ) : null}
      </Group>
      <Text c="dark.1" fz="xs" mt={6}>
        The whole study is analyzed anew. A file that does not fit it is not used, and the first
        caution says why.
      </Text>
    </Panel>
  );
}
