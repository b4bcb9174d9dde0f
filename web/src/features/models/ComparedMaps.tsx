import { SegmentedControl, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { CLASS_NAMES, className, TUMOR_CLASSES } from "../../queries/classes.ts";
import type { AnalysisRow, Comparison } from "../../queries/comparison.ts";
import { isTrusted, passportOf, usePassports } from "../../queries/passports.ts";
import { slicePixels, useSliceEvidence } from "../../queries/pixels.ts";
import type { Series } from "../../queries/studies.ts";
import { paintEvidence } from "../../viewer/colormap.ts";
import { PassportNote } from "../../viewer/PassportNote.tsx";
import { SlicePicture } from "../../viewer/SlicePicture.tsx";
import { useViewer } from "../../viewer/store.ts";
import classes from "./Models.module.css";

interface Props {
  readonly comparison: Comparison;
  readonly studyId: string;
  readonly series: Series;
  readonly index: number;
}

const WIDTH = 320;
const TARGETS = TUMOR_CLASSES.map((value) => ({ value, label: CLASS_NAMES[value] }));

/** The maps of both versions on one slice, for the same class; one that failed a test is gray. */
export function ComparedMaps({ comparison, studyId, series, index }: Props) {
  const client = useQueryClient();
  const found = comparison.series
    .find(({ series_id: id }) => id === series.id)
    ?.slices.find((slice) => slice.index === index);
  const [target, setTarget] = useState(found?.first.label ?? "glioma");
  const picture = useQuery({
    queryKey: ["comparison", "picture", studyId, series.id, index],
    queryFn: () => slicePixels(client, studyId, series.id, index),
  });
  const of = (analysis: AnalysisRow) => ({
    studyId,
    analysisId: analysis.id,
    seriesId: series.id,
    target,
  });
  const first = useSliceEvidence(of(comparison.first), index, true);
  const second = useSliceEvidence(of(comparison.second), index, true);
  const [one, other] = [first.data?.pixels, second.data?.pixels];
  const isVolume = series.kind === "volume";
  const testsOf = (analysis: AnalysisRow) => ({ ...of(analysis), index: isVolume ? null : index });
  const tests = [
    usePassports(testsOf(comparison.first), true),
    usePassports(testsOf(comparison.second), true),
  ];
  const { showAnyway } = useViewer();
  const scale = useMemo(() => Math.max(peakOf(one), peakOf(other)) || 1, [one, other]);
  const window = series.slices?.find((slice) => slice.index === index)?.window ?? series.window;
  return (
    <div className={classes.maps}>
      <SegmentedControl
        aria-label="Class of the maps"
        data={TARGETS}
        onChange={setTarget}
        size="xs"
        value={target}
      />
      <div className={classes.pair}>
        {(
          [
            ["First", comparison.first, one],
            ["Second", comparison.second, other],
          ] as const
        ).map(([name, analysis, map], which) => {
          const passport = passportOf(tests[which]?.data, target);
          const isColored = isTrusted(passport) || showAnyway;
          return (
            <figure className={classes.map} key={name}>
              {picture.data ? (
                <SlicePicture
                  {...picture.data}
                  label={`Evidence for ${className(target)} by ${analysis.model.version}`}
                  overlay={map ? paintEvidence(map, scale, isColored) : null}
                  width={WIDTH}
                  window={window}
                />
              ) : null}
              <figcaption>
                {name}: {analysis.model.version}
              </figcaption>
              {passport ? (
                <PassportNote of={`the map by ${analysis.model.version}`} passport={passport} />
              ) : (
                <Text c="dark.1" fz="xs">
                  {tests[which]?.isPending ? "" : "This map was not tested."}
                </Text>
              )}
            </figure>
          );
        })}
      </div>
      <Text c="dark.1" fz="xs">
        Amber speaks for {className(target)}, blue against it; both maps share one scale.
        {first.isError || second.isError ? " One of the maps could not be fetched." : ""}
      </Text>
    </div>
  );
}

function peakOf(map: Float32Array | undefined): number {
  return (map ?? new Float32Array()).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
