import { Button, Group, Select, Text } from "@mantine/core";
import { useState } from "react";
import { spaceFilePath, type Volumetry } from "../../../queries/volumetry.ts";
import { Panel } from "../../../ui/Panel.tsx";

interface Props {
  readonly studyId: string;
  readonly analysisId: string;
  readonly volumetry: Volumetry;
}

const NAMES: Readonly<Record<string, string>> = {
  t1: "T1",
  t1c: "T1 with contrast",
  t2: "T2",
  flair: "FLAIR",
  ct: "CT",
};

/** What other programs read: labels, doubt, evidence and surfaces, and all numbers. */
export function SpaceFiles({ studyId, analysisId, volumetry }: Props) {
  const reference = volumetry.reference.role;
  const [role, setRole] = useState(reference);
  const labels = role === reference ? "segmentation.nii.gz" : `segmentation.nii.gz?role=${role}`;
  const files = [
    { path: labels, name: "Segmentation (NIfTI)" },
    // A given mask tells nothing of its doubt.
    ...(volumetry.model ? [{ path: "uncertainty.nii.gz", name: "Uncertainty (NIfTI)" }] : []),
    ...(volumetry.evidence ? [{ path: "evidence_fused.nii.gz", name: "Evidence (NIfTI)" }] : []),
    { path: "measurements.csv", name: "Measurements (CSV)" },
    { path: "surfaces.glb", name: "Surfaces (GLB)" },
  ];
  return (
    <Panel title="Files">
      {volumetry.sequences.length > 1 ? (
        <Select
          allowDeselect={false}
          data={volumetry.sequences.map((one) => ({
            value: one.role,
            label: NAMES[one.role] ?? one.role,
          }))}
          label="Segmentation on the grid of"
          mb="xs"
          onChange={(value) => setRole(value ?? reference)}
          size="xs"
          value={role}
        />
      ) : null}
      <Group gap="xs">
        {files.map(({ path, name }) => (
          <Button
            aria-label={`Download ${name}`}
            component="a"
            // The server names the file; this only says that it is to be saved.
            download={path.includes("?") ? "" : `${analysisId}-${path}`}
            href={spaceFilePath({ studyId, analysisId }, path)}
            key={name}
            size="xs"
            variant="default"
          >
            {name}
          </Button>
        ))}
      </Group>
      <Text c="dark.1" fz="xs" mt={6}>
        {volumetry.sequences.length > 1 ? "All else lies" : "They lie"} on{" "}
        {NAMES[reference] ?? reference}. Labels are those of BraTS 2023: 1 necrotic or
        non-enhancing, 2 edema, 3 enhancing.
      </Text>
    </Panel>
  );
}
