import { Button, Text } from "@mantine/core";
import { useState } from "react";
import type { Analysis, SeriesFinding } from "../../../queries/analyses.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Panel } from "../../../ui/Panel.tsx";
import { useViewer } from "../../../viewer/store.ts";
import { CompareMaps } from "./CompareMaps.tsx";

interface Props {
  readonly studyId: string;
  readonly analysis: Analysis;
  readonly finding: SeriesFinding;
  /** The class that was predicted for what is on display. */
  readonly predicted: string;
}

/** Opens the comparison of the evidence map with other explanations of the same slice. */
export function ComparePanel({ studyId, analysis, finding, predicted }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const viewer = useViewer();
  const isVolume = finding.decision != null;
  return (
    <Panel title="Compare explanations">
      <Text c="dark.1" fz="xs" mb={8}>
        Lay another method beside the evidence map: Grad-CAM, integrated gradients, occlusion and
        more. Where they disagree, trust neither blindly.
      </Text>
      <Button onClick={() => setIsOpen(true)} size="xs" variant="default">
        Compare explanations
      </Button>
      <Dialog
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        size="xl"
        title="Compare explanations"
      >
        <CompareMaps
          analysisId={analysis.id}
          finding={finding}
          firstSlice={isVolume ? (finding.decided_by?.[0] ?? null) : viewer.slice}
          firstTarget={viewer.target || predicted}
          scale={analysis.evidence.scale}
          studyId={studyId}
        />
      </Dialog>
    </Panel>
  );
}
