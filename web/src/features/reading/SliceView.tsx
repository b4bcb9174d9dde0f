import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { slicePixels } from "../../queries/pixels.ts";
import type { Series } from "../../queries/studies.ts";
import type { EvidencePicture } from "../../viewer/overlay.ts";
import { Pane } from "../../viewer/Pane.tsx";
import { plainPicture } from "../../viewer/stacks.ts";
import type { Stack } from "../../viewer/surface.ts";
import classes from "./ReadingPage.module.css";

interface Props {
  readonly studyId: string;
  readonly series: Series;
  readonly index: number;
  readonly onStep: (by: number) => void;
  readonly evidence: EvidencePicture | null;
}

/** Plain slices, one after the other, as they were stored: nobody knows their sides. */
export function SliceView({ studyId, series, index, onStep, evidence }: Props) {
  const client = useQueryClient();
  const slices = series.slices ?? [];
  const stack = useMemo<Stack>(
    () => ({
      key: `${studyId}/${series.id}`,
      count: slices.length,
      picture: async (at) => {
        const { pixels, rows, columns } = await slicePixels(client, studyId, series.id, at);
        return plainPicture(pixels, rows, columns);
      },
    }),
    [client, studyId, series.id, slices.length],
  );
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
        stack={stack}
      />
    </div>
  );
}
