import { useMemo } from "react";
import type { Series } from "../../queries/studies.ts";
import type { EvidencePicture } from "../../viewer/overlay.ts";
import { Pane } from "../../viewer/Pane.tsx";
import type { PaneSketch } from "../../viewer/sketch.ts";
import type { Stack } from "../../viewer/surface.ts";
import classes from "./ReadingPage.module.css";

interface Props {
  readonly series: Series;
  readonly stack: Stack;
  readonly index: number;
  readonly onStep: (by: number) => void;
  readonly evidence: EvidencePicture | null;
  readonly sketch: PaneSketch | undefined;
}

/** Plain slices, one after the other, as they were stored: nobody knows their sides. */
export function SliceView({ series, stack, index, onStep, evidence, sketch }: Props) {
  const slices = series.slices ?? [];
  const slice = slices[index];
  const [low, high] = slice?.window ?? series.window;
  const firstWindow = useMemo(() => ({ low, high }), [low, high]);
  return (
    <div className={classes.single}>
      <Pane
        evidence={evidence}
        firstWindow={firstWindow}
        index={index}
        isActive
        label="Image"
        note={
          slice ? `${slice.name}\n${slice.rows} × ${slice.columns} pixels, sides not stated` : ""
        }
        onStep={onStep}
        sketch={sketch}
        stack={stack}
      />
    </div>
  );
}
