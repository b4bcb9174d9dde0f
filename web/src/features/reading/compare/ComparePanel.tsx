import { Button, Text } from "@mantine/core";
import { useState } from "react";
import type { Analysis, SeriesFinding } from "../../../queries/analyses.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Panel } from "../../../ui/Panel.tsx";
import { useViewer } from "../../../viewer/store.ts";
import { CompareMaps } from "./CompareMaps.tsx";
import classes from "./compare.module.css";
import { ReplacePart } from "./ReplacePart.tsx";

interface Props {
  readonly studyId: string;
  readonly analysis: Analysis;
  readonly finding: SeriesFinding;
  /** The class that was predicted for what is on display. */
  readonly predicted: string;
}

type Open = "maps" | "replaced" | null;

/** Opens other explanations of the same slice, and what the answer loses without the tumor. */
export function ComparePanel({ studyId, analysis, finding, predicted }: Props) {
  const [open, setOpen] = useState<Open>(null);
  const viewer = useViewer();
  const isVolume = finding.decision != null;
  const first = isVolume ? (finding.decided_by?.[0] ?? null) : viewer.slice;
  const slice = finding.slices.find(({ index }) => index === first) ?? finding.slices[0];
  const firstTarget = viewer.target || predicted;
  return (
    <Panel title="Compare explanations">
      <Text c="dark.1" fz="xs" mb={8}>
        Lay another method beside the evidence map: Grad-CAM, integrated gradients, occlusion and
        more. Where they disagree, trust neither blindly. Or take the tumor out of the picture and
        see whether the answer goes with it.
      </Text>
      <div className={classes.buttons}>
        <Button onClick={() => setOpen("maps")} size="xs" variant="default">
          Compare explanations
        </Button>
        {slice ? (
          <Button onClick={() => setOpen("replaced")} size="xs" variant="default">
            Replace the tumor
          </Button>
        ) : null}
      </div>
      <Dialog
        isOpen={open === "maps"}
        onClose={() => setOpen(null)}
        size="xl"
        title="Compare explanations"
      >
        <CompareMaps
          analysisId={analysis.id}
          finding={finding}
          firstSlice={first}
          firstTarget={firstTarget}
          scale={analysis.evidence.scale}
          studyId={studyId}
        />
      </Dialog>
      <Dialog
        isOpen={open === "replaced"}
        onClose={() => setOpen(null)}
        size="xl"
        title={`Replace the tumor of ${slice?.name ?? "the slice"}`}
      >
        {slice ? (
          <ReplacePart
            asked={{
              studyId,
              analysisId: analysis.id,
              seriesId: finding.series_id,
              index: slice.index,
            }}
            firstTarget={firstTarget}
            name={slice.name}
          />
        ) : null}
      </Dialog>
    </Panel>
  );
}
