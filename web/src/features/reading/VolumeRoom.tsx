import { Button, Center, Loader, Stack, Text } from "@mantine/core";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { problemOf } from "../../client/api.ts";
import { type Affine, compose, type Mm, type Shape, toMm, toVoxel } from "../../frames/affine.ts";
import {
  cut,
  mmAt,
  type Plane,
  type PlaneGrid,
  placeOf,
  planeGrid,
  sliceOf,
} from "../../frames/planes.ts";
import type { Sheet } from "../../frames/sheet.ts";
import type { Analysis, SeriesFinding } from "../../queries/analyses.ts";
import { isTrusted, passportOf, usePassports } from "../../queries/passports.ts";
import { useEvidenceVolume, useVolume, type VoxelValues } from "../../queries/pixels.ts";
import type { Series, Study } from "../../queries/studies.ts";
import { ProblemNote } from "../../ui/ProblemNote.tsx";
import { LAYOUTS, useViewer } from "../../viewer/store.ts";
import { inGray } from "../../viewer/tools.ts";
import { pointIn, useAddress } from "./address.ts";
import type { Drawing } from "./drawing.ts";
import {
  findingOf,
  firstVoxel,
  scaleOf,
  shownFinding,
  strongestVoxel,
  thresholdOf,
} from "./findings.ts";
import classes from "./ReadingPage.module.css";
import { Room } from "./Room.tsx";
import { useVolumeSheet } from "./sheets.ts";
import {
  type Active,
  stepAcross,
  stepThrough,
  type VolumeEvidence,
  VolumeView,
} from "./VolumeView.tsx";
import type { FaceImage } from "./volumetry/face.ts";
import { LayersPanel } from "./volumetry/LayersPanel.tsx";
import { centerOf, toReference } from "./volumetry/marks.ts";
import { SpaceView } from "./volumetry/SpaceView.tsx";
import { useSpace } from "./volumetry/useSpace.ts";

interface Props {
  readonly study: Study;
  readonly series: Series;
  readonly analysis: Analysis | null;
  readonly list: ReactNode;
  readonly drawing: Drawing;
}

function gridsOf(affine: Affine, shape: Shape): Record<Plane, PlaneGrid> {
  return {
    axial: planeGrid(affine, shape, "axial"),
    coronal: planeGrid(affine, shape, "coronal"),
    sagittal: planeGrid(affine, shape, "sagittal"),
  };
}

function volumeEvidence(
  values: Int16Array,
  analysis: Analysis,
  target: string,
  isTrusted: boolean,
): VolumeEvidence {
  const scale = scaleOf(analysis, target);
  const threshold = thresholdOf(analysis, target, scale);
  return { values, step: analysis.evidence.step, scale, threshold, isTrusted };
}

function useEvidence(
  study: Study,
  series: Series,
  analysis: Analysis | null,
  finding: SeriesFinding | null,
  target: string,
) {
  const isThere = Boolean(analysis && finding?.evidence_targets?.includes(target));
  const query = useEvidenceVolume(
    { studyId: study.id, analysisId: analysis?.id ?? "", seriesId: series.id, target },
    isThere,
  );
  const passports = usePassports(
    { studyId: study.id, analysisId: analysis?.id ?? "", seriesId: series.id, index: null },
    isThere,
  );
  const passport = passportOf(passports.data, target);
  const showAnyway = useViewer((viewer) => viewer.showAnyway);
  const isColored = isTrusted(passport) || showAnyway;
  const evidence = useMemo<VolumeEvidence | null>(
    () => (query.data && analysis ? volumeEvidence(query.data, analysis, target, isColored) : null),
    [query.data, analysis, target, isColored],
  );
  return { evidence, isLoading: query.isFetching, passport };
}

/** The affine of a series in the frame that all measurements are told in. */
function useAffine(series: Series, moved: Affine | null): Affine {
  return useMemo(() => {
    const own = series.affine as Affine;
    return moved ? compose(moved, own) : own;
  }, [series.affine, moved]);
}

/** The slice that the keys steer, to draw on. */
function useActiveSheet(
  series: Series,
  grid: PlaneGrid,
  place: Mm | null,
  voxels: VoxelValues | undefined,
): Sheet | null {
  const gray = useCallback(
    (slice: number) => (voxels ? cut(voxels, grid, slice) : []),
    [voxels, grid],
  );
  const sheet = useVolumeSheet(series, grid, place ? sliceOf(grid, place) : 0, gray);
  return place && voxels ? sheet : null;
}

/** The reading room of a volume: three linked planes, and space where it was measured. */
export function VolumeRoom({ study, series, analysis, list, drawing }: Props) {
  const viewer = useViewer();
  const [active, setActive] = useState<Active>("axial");
  const finding = findingOf(analysis, series.id);
  const shown = shownFinding(finding, 0);
  const space = useSpace(study.id, analysis);
  const { volumetry } = space;
  const moved = useMemo(
    () => (volumetry ? toReference(volumetry, series.id) : null),
    [volumetry, series.id],
  );
  const affine = useAffine(series, moved);
  const shape = series.shape as Shape;
  const grids = useMemo(() => gridsOf(affine, shape), [affine, shape]);
  const volume = useVolume(study.id, series);
  const target = viewer.target || shown?.label || "";
  const { evidence, isLoading, passport } = useEvidence(study, series, analysis, finding, target);

  // The study opens at the slice that decided most; a change of sequence keeps the place.
  const opening = useRef<Mm | null>(null);
  const address = useAddress();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a study opens once
  useEffect(() => {
    const wanted = pointIn(address);
    // A place that was asked for is not left for the largest lesion.
    opening.current = wanted ? null : toMm(affine, firstVoxel(series, finding));
    viewer.open({ crosshair: wanted ?? opening.current });
  }, []);
  const toStrongest = () => {
    if (evidence) {
      viewer.set({ crosshair: toMm(affine, strongestVoxel(evidence.values, shape)) });
    }
  };
  // Unless the reader has moved on, a measured study opens in its largest lesion.
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the measurements alone
  useEffect(() => {
    const center = volumetry ? centerOf(volumetry) : null;
    if (center && opening.current !== null && viewer.crosshair === opening.current) {
      opening.current = null;
      viewer.set({ crosshair: center.place });
    }
  }, [volumetry, viewer.crosshair]);
  // Once the evidence is here, and unless the reader has moved on, go to its strongest place.
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the evidence alone
  useEffect(() => {
    const isUntouched = opening.current !== null && viewer.crosshair === opening.current;
    if (evidence && isUntouched && shown?.label !== "notumor") {
      opening.current = null;
      toStrongest();
    }
  }, [evidence, viewer.crosshair]);

  const place = viewer.crosshair;
  const setPlace = (crosshair: Mm) => viewer.set({ crosshair });
  const grid = grids[active === "space" ? "axial" : active];
  const sheet = useActiveSheet(series, grid, active === "space" ? null : place, volume.data);
  const [low, high] = series.window;
  const firstWindow = useMemo(() => ({ low, high }), [low, high]);
  const { inverted } = viewer;
  const gray = inGray(viewer.window, firstWindow);
  const [black, white] = [gray.low, gray.high];
  const image = useMemo<FaceImage | null>(
    () =>
      volume.data
        ? { values: volume.data, shape, affine, window: { low: black, high: white }, inverted }
        : null,
    [volume.data, shape, affine, black, white, inverted],
  );

  return (
    <Room
      actions={{
        step: (by) => place && setPlace(stepThrough(grid, place, by)),
        toEnd: (end) => {
          if (place) {
            const { row, column } = placeOf(grid, place);
            setPlace(mmAt(grid, end === "first" ? 0 : grid.slices.count - 1, row, column));
          }
        },
        move: (right, down) => place && setPlace(stepAcross(grid, place, right, down)),
        toStrongest: evidence ? toStrongest : undefined,
        space: volumetry
          ? {
              isActive: active === "space",
              nextLayout: () => {
                const at = LAYOUTS.indexOf(viewer.layout);
                viewer.set({ layout: LAYOUTS[(at + 1) % LAYOUTS.length] ?? "four" });
              },
            }
          : undefined,
      }}
      analysis={analysis}
      drawing={drawing}
      finding={finding}
      firstWindow={firstWindow}
      here={{
        sheet,
        target,
        // Drawings lie in the frame of the series, the crosshair in the one that is shown.
        goTo: (own) => setPlace(toMm(affine, toVoxel(series.affine as Affine, own))),
      }}
      isEvidenceLoading={isLoading}
      passport={passport}
      series={series}
      shown={shown}
      side={
        volumetry ? (
          <>
            {list}
            <div className={classes.layers}>
              <LayersPanel
                hasEvidence={evidence !== null}
                isLoading={space.isLoadingMaps}
                volumetry={volumetry}
              />
            </div>
          </>
        ) : (
          list
        )
      }
      space={space}
      study={study}
    >
      {volume.isError ? (
        <ProblemNote {...problemOf(volume.error)}>
          <Button onClick={() => void volume.refetch()} size="xs" variant="light">
            Try again
          </Button>
        </ProblemNote>
      ) : null}
      {volume.data && place ? (
        <VolumeView
          active={active}
          crosshair={place}
          drawing={drawing}
          evidence={evidence}
          firstWindow={firstWindow}
          grids={grids}
          id={`${study.id}/${series.id}${moved ? "/moved" : ""}`}
          maps={space.maps}
          onActive={setActive}
          onCrosshair={setPlace}
          series={series}
          space={
            volumetry ? (
              <SpaceView
                crosshair={place}
                image={image}
                isActive={active === "space"}
                maps={space.maps}
                onActive={() => setActive("space")}
                onCrosshair={setPlace}
                surfaces={space.surfaces}
                volumetry={volumetry}
              />
            ) : null
          }
          values={volume.data}
          volumetry={volumetry}
        />
      ) : null}
      {volume.isPending ? (
        <Center flex={1}>
          <Stack align="center">
            <Loader role="status" aria-label="Loading the volume" />
            <Text c="dark.1" fz="sm">
              Fetching {shape.join(" × ")} voxels
            </Text>
          </Stack>
        </Center>
      ) : null}
    </Room>
  );
}
