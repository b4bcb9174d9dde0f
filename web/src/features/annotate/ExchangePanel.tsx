import { Button, FileButton, Group, NativeSelect, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useStore } from "zustand";
import { problemOf } from "../../client/api.ts";
import type { OfSeries } from "../../queries/annotations.ts";
import { type ExchangeForm, exportDrawings, importDrawings } from "../../queries/exchange.ts";
import { Caution } from "../../ui/Caution.tsx";
import { Panel } from "../../ui/Panel.tsx";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import type { Notebook } from "./notebook.ts";
import { isDirty } from "./outbox.ts";

interface Props {
  readonly of: OfSeries;
  readonly notebook: Notebook;
  /** Plain pictures have no place in the patient: only COCO holds them. */
  readonly isVolume: boolean;
}

const FORMS: readonly { value: ExchangeForm; label: string }[] = [
  { value: "coco", label: "COCO JSON (outlines)" },
  { value: "dicom-seg", label: "DICOM SEG (voxels)" },
  { value: "nifti", label: "NIfTI (voxels, ZIP)" },
];

/** Drawings to and from files of other programs. */
export function ExchangePanel({ of, notebook, isVolume }: Props) {
  const [form, setForm] = useState<ExchangeForm>("coco");
  const waiting = useStore(
    notebook.store,
    ({ entries }) => [...entries.values()].filter(isDirty).length,
  );
  const away = useMutation({ mutationFn: () => exportDrawings(of, form) });
  const here = useMutation({
    mutationFn: (file: File) => importDrawings(of, file),
    onSuccess: () => notebook.look(),
  });
  const brought = here.data;
  const refusal = away.error ?? here.error;
  return (
    <Panel title="Drawings as files">
      <Group align="end" gap={6} wrap="nowrap">
        <NativeSelect
          data={isVolume ? [...FORMS] : FORMS.slice(0, 1)}
          label="Format"
          onChange={(event) => setForm(event.currentTarget.value as ExchangeForm)}
          size="xs"
          value={form}
        />
        <Button loading={away.isPending} onClick={() => away.mutate()} size="xs" variant="default">
          Export
        </Button>
        <FileButton
          accept={isVolume ? ".json,.dcm,.nii,.gz" : ".json"}
          onChange={(file) => file && here.mutate(file)}
        >
          {(props) => (
            <Button {...props} loading={here.isPending} size="xs" variant="default">
              Import…
            </Button>
          )}
        </FileButton>
      </Group>
      <Text c="dark.1" fz="xs" mt={6}>
        {waiting > 0
          ? `${waiting} not sent yet: they are not in the file.`
          : "What is imported becomes your own, all of the file or nothing."}
      </Text>
      <div aria-live="polite">
        {brought ? (
          <Text fz="xs" mt={6}>
            {brought.stored.length} {brought.stored.length === 1 ? "drawing" : "drawings"} imported.
          </Text>
        ) : null}
        {brought?.cautions.map((caution) => (
          <Caution key={caution}>{caution}</Caution>
        ))}
      </div>
      {refusal ? <ProblemNote {...problemOf(refusal)} /> : null}
    </Panel>
  );
}
