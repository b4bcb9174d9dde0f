import { type ReactNode, useEffect, useMemo } from "react";
import type { Analysis } from "../../queries/analyses.ts";
import { isTrusted, passportOf, usePassports } from "../../queries/passports.ts";
import { useSliceEvidence } from "../../queries/pixels.ts";
import type { Series, Study } from "../../queries/studies.ts";
import type { EvidencePicture } from "../../viewer/overlay.ts";
import { useViewer } from "../../viewer/store.ts";
import { stepped } from "../../viewer/tools.ts";
import { sliceIn, useAddress } from "./address.ts";
import type { Drawing } from "./drawing.ts";
import { findingOf, firstSlice, scaleOf, shownFinding, thresholdOf } from "./findings.ts";
import { Room } from "./Room.tsx";
import { SliceList } from "./SliceList.tsx";
import { SliceView } from "./SliceView.tsx";
import { usePictureSheet, usePictureStack } from "./sheets.ts";

interface Props {
  readonly study: Study;
  readonly series: Series;
  readonly analysis: Analysis | null;
  readonly list: ReactNode;
  readonly drawing: Drawing;
}

/** The reading room of a series of plain slices. */
export function SlicesRoom({ study, series, analysis, list, drawing }: Props) {
  const viewer = useViewer();
  const finding = findingOf(analysis, series.id);
  const count = series.slices?.length ?? 0;
  const index = Math.min(viewer.slice, Math.max(count - 1, 0));
  const shown = shownFinding(finding, index);

  const address = useAddress();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a study opens once, at its surest slice
  useEffect(() => viewer.open({ slice: sliceIn(address, count) ?? firstSlice(finding) }), []);

  const target = viewer.target || shown?.label || "";
  const query = useSliceEvidence(
    { studyId: study.id, analysisId: analysis?.id ?? "", seriesId: series.id, target },
    index,
    Boolean(analysis && shown),
  );
  const passports = usePassports(
    { studyId: study.id, analysisId: analysis?.id ?? "", seriesId: series.id, index },
    Boolean(analysis && shown),
  );
  const passport = passportOf(passports.data, target);
  const isColored = isTrusted(passport) || viewer.showAnyway;
  const evidence = useMemo<EvidencePicture | null>(() => {
    if (!query.data || !analysis) {
      return null;
    }
    const { pixels, rows, columns } = query.data;
    const peak = pixels.reduce((most, value) => Math.max(most, value), 0);
    return {
      map: pixels,
      rows,
      columns,
      scale: scaleOf(analysis, target),
      threshold: thresholdOf(analysis, target, peak),
      isTrusted: isColored,
    };
  }, [query.data, analysis, target, isColored]);

  const step = (by: number) => viewer.set({ slice: stepped(index, by, count) });
  const [low, high] = series.slices?.[index]?.window ?? series.window;
  const stack = usePictureStack(study.id, series);
  const sheet = usePictureSheet(series, index, stack);
  const sketch = useMemo(
    () => (sheet ? drawing.sketchOn(sheet) : undefined),
    [drawing.sketchOn, sheet],
  );

  return (
    <Room
      actions={{ step, toEnd: (end) => viewer.set({ slice: end === "first" ? 0 : count - 1 }) }}
      analysis={analysis}
      drawing={drawing}
      finding={finding}
      firstWindow={{ low, high }}
      here={{
        sheet,
        target,
        goTo: (_, slice) => viewer.set({ slice: slice ?? index }),
      }}
      isEvidenceLoading={query.isFetching}
      passport={passport}
      series={series}
      shown={shown}
      side={
        <>
          {list}
          <SliceList
            current={index}
            finding={finding}
            onChoose={(slice) => viewer.set({ slice })}
            series={series}
          />
        </>
      }
      study={study}
    >
      <SliceView
        evidence={evidence}
        index={index}
        onStep={step}
        series={series}
        sketch={sketch}
        stack={stack}
      />
    </Room>
  );
}
