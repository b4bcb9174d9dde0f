import { type ReactNode, useCallback, useMemo } from "react";
import { type Mm, type Shape, toVoxel, type Voxel } from "../../frames/affine.ts";
import { cut, mmAt, type Plane, type PlaneGrid, placeOf, sliceOf } from "../../frames/planes.ts";
import type { VoxelValues } from "../../queries/pixels.ts";
import type { Series } from "../../queries/studies.ts";
import type { Volumetry } from "../../queries/volumetry.ts";
import type { EvidencePicture } from "../../viewer/overlay.ts";
import { Pane } from "../../viewer/Pane.tsx";
import { planeStack } from "../../viewer/stacks.ts";
import { type GrayWindow, useViewer } from "../../viewer/store.ts";
import { stepped } from "../../viewer/tools.ts";
import type { Drawing } from "./drawing.ts";
import classes from "./ReadingPage.module.css";
import { useVolumeSheet } from "./sheets.ts";
import { isMismatchSlice, marksOn } from "./volumetry/marks.ts";
import { type SpaceMaps, sliceLayers } from "./volumetry/sliceLayers.ts";

/** What the keys steer: a plane or the 3D view. */
export type Active = Plane | "space";

export interface VolumeEvidence {
  /** int16 on the grid of the volume, times `step` in the unit of `scale`. */
  readonly values: Int16Array;
  readonly step: number;
  readonly scale: number;
  readonly threshold: number;
  /** False for a map that failed one of its tests. */
  readonly isTrusted: boolean;
}

interface Props {
  /** Unique to these voxels. */
  readonly id: string;
  readonly series: Series;
  readonly drawing: Drawing;
  readonly values: VoxelValues;
  readonly grids: Readonly<Record<Plane, PlaneGrid>>;
  readonly crosshair: Mm;
  readonly onCrosshair: (place: Mm) => void;
  readonly evidence: VolumeEvidence | null;
  readonly firstWindow: GrayWindow;
  readonly active: Active;
  readonly onActive: (plane: Plane) => void;
  /** What was measured, and the maps that belong to it. */
  readonly volumetry: Volumetry | null;
  readonly maps: SpaceMaps;
  /** The 3D view; null where nothing was measured. */
  readonly space: ReactNode;
}

/** Three planes through one place, and space beside them. */
export function VolumeView({ grids, space, ...rest }: Props) {
  const layout = useViewer((viewer) => viewer.layout);
  return (
    <div className={classes.planes} data-layout={space ? layout : "planes"}>
      <PlanePane {...rest} area={classes.axial} grid={grids.axial} label="Axial" />
      <PlanePane {...rest} area={classes.coronal} grid={grids.coronal} label="Coronal" />
      <PlanePane {...rest} area={classes.sagittal} grid={grids.sagittal} label="Sagittal" />
      {space ? <div className={classes.spaceArea}>{space}</div> : null}
    </div>
  );
}

interface PlaneProps extends Omit<Props, "grids" | "space"> {
  readonly grid: PlaneGrid;
  readonly label: string;
  readonly area: string | undefined;
}

function PlanePane({ id, values, grid, label, area, crosshair, evidence, ...props }: PlaneProps) {
  const stack = useMemo(
    () => planeStack(id, { values, shape: grid.shape, affine: grid.affine }, grid),
    [id, values, grid],
  );
  const index = sliceOf(grid, crosshair);
  const { row, column } = placeOf(grid, crosshair);
  const picture = useMemo(() => evidencePicture(evidence, grid, index), [evidence, grid, index]);
  const gray = useCallback((slice: number) => cut(values, grid, slice), [values, grid]);
  const sheet = useVolumeSheet(props.series, grid, index, gray);
  const { sketchOn } = props.drawing;
  const sketch = useMemo(() => sketchOn(sheet), [sketchOn, sheet]);
  const cross = useMemo(() => [row, column] as const, [row, column]);
  const { layers, marks, isMismatch } = useOverlays(props.volumetry, props.maps, grid, index);
  const notes = [
    grid.plane === "axial" ? placeNote(values, evidence, grid, crosshair) : "",
    isMismatch ? "T2-FLAIR mismatch was taken here" : "",
  ];

  return (
    <div className={area}>
      <Pane
        crosshair={cross}
        evidence={picture}
        firstWindow={props.firstWindow}
        index={index}
        isActive={props.active === grid.plane}
        label={label}
        layers={layers}
        letters={grid.letters}
        marks={marks}
        note={notes.filter(Boolean).join("\n") || undefined}
        onActive={() => props.onActive(grid.plane)}
        onPlace={(toRow, toColumn) =>
          props.onCrosshair(
            mmAt(grid, index, inside(toRow, grid.rows.count), inside(toColumn, grid.columns.count)),
          )
        }
        onStep={(by) => props.onCrosshair(stepThrough(grid, crosshair, by))}
        sketch={sketch}
        stack={stack}
      />
    </div>
  );
}

/** What lies over a slice as the reader has set it. */
function useOverlays(volumetry: Volumetry | null, maps: SpaceMaps, grid: PlaneGrid, index: number) {
  const { layers, areaStyle, unwanted, marks, measurement, showAnyway } = useViewer();
  const painted = useMemo(
    () =>
      volumetry
        ? sliceLayers(volumetry, maps, grid, index, { layers, areaStyle, unwanted, showAnyway })
        : undefined,
    [volumetry, maps, grid, index, layers, areaStyle, unwanted, showAnyway],
  );
  const drawn = useMemo(
    () => (volumetry && marks ? marksOn(volumetry, grid, index, measurement) : undefined),
    [volumetry, grid, index, marks, measurement],
  );
  const isMismatch = volumetry !== null && isMismatchSlice(volumetry, grid, index);
  return { layers: painted, marks: drawn, isMismatch };
}

function inside(place: number, count: number): number {
  return Math.min(Math.max(Math.round(place), 0), count - 1);
}

/** Move a place by whole slices along a plane's stack. */
export function stepThrough(grid: PlaneGrid, place: Mm, by: number): Mm {
  const { row, column } = placeOf(grid, place);
  return mmAt(grid, stepped(sliceOf(grid, place), by, grid.slices.count), row, column);
}

/** Move a place by whole pixels across a plane. */
export function stepAcross(grid: PlaneGrid, place: Mm, right: number, down: number): Mm {
  const { slice, row, column } = placeOf(grid, place);
  const toRow = stepped(Math.round(row), down, grid.rows.count);
  const toColumn = stepped(Math.round(column), right, grid.columns.count);
  return mmAt(grid, slice, toRow, toColumn);
}

function evidencePicture(
  evidence: VolumeEvidence | null,
  grid: PlaneGrid,
  index: number,
): EvidencePicture | null {
  return evidence
    ? {
        map: cut(evidence.values, grid, index, evidence.step),
        rows: grid.rows.count,
        columns: grid.columns.count,
        scale: evidence.scale,
        threshold: evidence.threshold,
        isTrusted: evidence.isTrusted,
      }
    : null;
}

function offsetOf([i, j, k]: Voxel, [ni, nj]: Shape): number {
  return i + ni * (j + nj * k);
}

/** Place, gray value and evidence under the crosshair, in words. */
function placeNote(
  values: VoxelValues,
  evidence: VolumeEvidence | null,
  grid: PlaneGrid,
  place: Mm,
): string {
  const at = toVoxel(grid.affine, place);
  const offset = offsetOf([Math.round(at[0]), Math.round(at[1]), Math.round(at[2])], grid.shape);
  const side = (value: number, plus: string, minus: string) =>
    `${value >= 0 ? plus : minus} ${Math.abs(value).toFixed(0)}`;
  const where = `${side(place[0], "R", "L")}, ${side(place[1], "A", "P")}, ${side(place[2], "S", "I")} mm`;
  const gray = `gray ${formatted(values[offset] ?? 0)}`;
  const proof = evidence
    ? `evidence ${signed((evidence.values[offset] ?? 0) * evidence.step)}`
    : "";
  return [where, gray, proof].filter(Boolean).join("\n");
}

function formatted(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toPrecision(2)}`;
}
