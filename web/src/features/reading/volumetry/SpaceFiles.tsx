import { Button, Group, Text } from "@mantine/core";
import { spaceFilePath, type Volumetry } from "../../../queries/volumetry.ts";
import { Panel } from "../../../ui/Panel.tsx";

interface Props {
  readonly studyId: string;
  readonly analysisId: string;
  readonly volumetry: Volumetry;
}

/** What other programs read: labels, doubt and surfaces on the reference, and all numbers. */
export function SpaceFiles({ studyId, analysisId, volumetry }: Props) {
  const files = [
    ["segmentation.nii.gz", "Segmentation (NIfTI)"],
    // A given mask tells nothing of its doubt.
    ...(volumetry.model ? [["uncertainty.nii.gz", "Uncertainty (NIfTI)"] as const] : []),
    ["measurements.csv", "Measurements (CSV)"],
    ["surfaces.glb", "Surfaces (GLB)"],
  ] as const;
  return (
    <Panel title="Files">
      <Group gap="xs">
        {files.map(([file, name]) => (
          <Button
            aria-label={`Download ${name}`}
            component="a"
            download={`${analysisId}-${file}`}
            href={spaceFilePath({ studyId, analysisId }, file)}
            key={file}
            size="xs"
            variant="default"
          >
            {name}
          </Button>
        ))}
      </Group>
      <Text c="dark.1" fz="xs" mt={6}>
        They lie on {volumetry.reference.role}. Labels are those of BraTS 2023: 1 necrotic or
        non-enhancing, 2 edema, 3 enhancing.
      </Text>
    </Panel>
  );
}
