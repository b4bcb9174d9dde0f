import { SegmentedControl, Slider, Table, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { problemOf } from "../../client/api.ts";
import type { Affine, Shape } from "../../frames/affine.ts";
import { cut, planeGrid } from "../../frames/planes.ts";
import { slicePixels, useVolume } from "../../queries/pixels.ts";
import {
  type Case,
  type Dispute,
  type MarkKind,
  useConsensus,
  useReadersMap,
  useSeriesAgreement,
} from "../../queries/readers.ts";
import { type Series, useStudy } from "../../queries/studies.ts";
import { Fetched } from "../../ui/Fetched.tsx";
import { SlicePicture } from "../../viewer/SlicePicture.tsx";
import { fullestSlice, paintConsensus, paintDisagreement } from "./maps.ts";
import classes from "./Readers.module.css";

interface Props {
  readonly dispute: Dispute;
  readonly kind: MarkKind;
}

type MapName = "disagreement" | "consensus";

const WIDTH = 340;

/** One case: where readers differ or what they say together, pair by pair and reader by reader. */
export function DisputeView({ dispute, kind }: Props) {
  const [name, setName] = useState<MapName>("disagreement");
  const of: Case = { ...dispute, kind };
  const study = useStudy(dispute.study_id);
  const map = useReadersMap(of, name);
  const series = study.data?.series.find(({ id }) => id === dispute.series_id);
  const failed = [study, map].find((one) => one.isError);
  return (
    <div className={classes.dispute}>
      <div>
        <SegmentedControl
          aria-label="Which map"
          data={[
            { value: "disagreement", label: "Where they differ" },
            { value: "consensus", label: "Consensus" },
          ]}
          mb="xs"
          onChange={(value) => setName(value as MapName)}
          size="xs"
          value={name}
        />
        <Fetched
          isPending={study.isPending || map.isPending}
          label="Loading the map"
          onRetry={() => void failed?.refetch()}
          problem={failed ? problemOf(failed.error) : null}
        >
          {series && map.data ? (
            series.kind === "volume" ? (
              <VolumeMap dispute={dispute} map={map.data} name={name} series={series} />
            ) : (
              <PictureMap dispute={dispute} map={map.data} name={name} series={series} />
            )
          ) : null}
        </Fetched>
      </div>
      <Figures of={of} />
    </div>
  );
}

interface MapProps {
  readonly dispute: Dispute;
  readonly series: Series;
  readonly map: Uint8Array;
  readonly name: MapName;
}

const PAINT = { disagreement: paintDisagreement, consensus: paintConsensus } as const;
const LABELS = {
  disagreement: "Where readers differ",
  consensus: "What readers together say",
} as const;

function PictureMap({ dispute, series, map, name }: MapProps) {
  const client = useQueryClient();
  const index = dispute.slice_index ?? 0;
  const shown = useQuery({
    queryKey: ["readers", "picture", dispute.study_id, series.id, index],
    queryFn: () => slicePixels(client, dispute.study_id, series.id, index),
  });
  const overlay = useMemo(() => PAINT[name](map), [map, name]);
  const slice = series.slices?.find((one) => one.index === index);
  return shown.data ? (
    <SlicePicture
      {...shown.data}
      label={`${LABELS[name]} on ${dispute.pseudonym}`}
      overlay={overlay}
      width={WIDTH}
      window={slice?.window ?? series.window}
    />
  ) : null;
}

function VolumeMap({ dispute, series, map, name }: MapProps) {
  const voxels = useVolume(dispute.study_id, series);
  const grid = useMemo(
    () => planeGrid(series.affine as unknown as Affine, series.shape as Shape, "axial"),
    [series],
  );
  const first = useMemo(() => fullestSlice(map, grid), [map, grid]);
  const [moved, setMoved] = useState<number | null>(null);
  const slice = moved ?? first;
  const overlay = useMemo(() => PAINT[name](cut(map, grid, slice)), [map, grid, slice, name]);
  const pixels = useMemo(
    () => (voxels.data ? cut(voxels.data, grid, slice) : null),
    [voxels.data, grid, slice],
  );
  if (!pixels) {
    return (
      <Text fz="sm">{voxels.isError ? problemOf(voxels.error).detail : "Loading the volume…"}</Text>
    );
  }
  return (
    <>
      <SlicePicture
        aspect={grid.rows.spacingMm / grid.columns.spacingMm}
        columns={grid.columns.count}
        label={`${LABELS[name]} on axial slice ${slice + 1} of ${dispute.pseudonym}; the patient's right is on the left`}
        overlay={overlay}
        pixels={pixels}
        rows={grid.rows.count}
        width={WIDTH}
        window={series.window}
      />
      <Text c="dark.1" fz="xs">
        Axial slice {slice + 1} of {grid.slices.count}; the patient's right is on the left.
      </Text>
      <Slider
        label={null}
        max={grid.slices.count - 1}
        min={0}
        onChange={setMoved}
        thumbLabel="Axial slice"
        value={slice}
        w={WIDTH}
      />
    </>
  );
}

/** Every two readers of the case, and every reader against the consensus. */
function Figures({ of }: { of: Case }) {
  const agreement = useSeriesAgreement(of);
  const consensus = useConsensus(of);
  const pairs = (agreement.data?.pairs ?? []).filter(
    ({ slice_index: index }) => index === of.slice_index,
  );
  const share = (value: number | null) => (value === null ? "–" : value.toFixed(2));
  return (
    <div>
      <Table className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Two readers</Table.Th>
            <Table.Th>Dice</Table.Th>
            <Table.Th>HD95, {agreement.data?.unit === "pixel" ? "pixels" : "mm"}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {pairs.map((pair) => (
            <Table.Tr key={pair.readers.join(" / ")}>
              <Table.Td>{pair.readers.join(" and ")}</Table.Td>
              <Table.Td className={classes.number}>{share(pair.dice)}</Table.Td>
              <Table.Td className={classes.number}>
                {pair.one_sided ? "only one found something" : (pair.hd95_mm?.toFixed(1) ?? "–")}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {consensus.data ? (
        <>
          <Table className={classes.table} mt="md">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Against the consensus (STAPLE)</Table.Th>
                <Table.Th>Sensitivity</Table.Th>
                <Table.Th>Specificity</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {consensus.data.readers.map((one) => (
                <Table.Tr key={one.reader}>
                  <Table.Td>{one.reader}</Table.Td>
                  <Table.Td className={classes.number}>{share(one.sensitivity)}</Table.Td>
                  <Table.Td className={classes.number}>{share(one.specificity)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Text c="dark.1" fz="xs" mt={4}>
            {consensus.data.volume_ml === null
              ? `${consensus.data.marked} pixels belong to it.`
              : `It measures ${consensus.data.volume_ml.toFixed(1)} ml.`}{" "}
            {consensus.data.settled ? "" : "The estimate did not settle: do not rely on it. "}
            The consensus is an estimate, no truth: an error that most readers share is in it too.
          </Text>
        </>
      ) : null}
    </div>
  );
}
