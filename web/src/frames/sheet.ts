/** One slice to draw on: its pixels, its flat millimeters, and its place in the patient. Pure. */

import { type Affine, closestAxes, dot, type Mm, type Shape, type Voxel } from "./affine.ts";
import { mmAt, type Plane, type PlaneGrid, voxelAt } from "./planes.ts";

/** Millimeters in the plane of a sheet, from the center of its first pixel: rightward, downward. */
export type Flat = readonly [u: number, v: number] & { readonly frame?: "flat-mm" };

export interface Sheet {
  /** Unique to the series, the plane and the slice. */
  readonly key: string;
  readonly rows: number;
  readonly columns: number;
  readonly origin: Mm;
  /** Unit directions in the plane, and its normal. */
  readonly across: Mm;
  readonly along: Mm;
  readonly normal: Mm;
  /** One pixel to the right: `[u, 0]`; one pixel down: `[u, v]`, where u is the skew. */
  readonly columnMm: number;
  readonly rowMm: Flat;
  /** From this slice to the next, along the normal. */
  readonly sliceMm: number;
  /** In a volume, which plane of the series itself; null for a picture. */
  readonly plane: Plane | null;
  /** Which picture of a series of pictures; null in a volume. */
  readonly sliceIndex: number | null;
  /** The grid that masks lie on. */
  readonly affine: Affine;
  readonly shape: Shape;
  readonly voxelOf: (row: number, column: number) => Voxel;
  /** The gray values, row by row. */
  readonly gray: () => Promise<ArrayLike<number>>;
}

const PLANE_OF_AXIS: readonly Plane[] = ["sagittal", "coronal", "axial"];
/** A picture without a place: `(row, column, 0)` lies at `(column, row, 0)`. */
export const PLAIN_AFFINE: Affine = [
  [0, 1, 0, 0],
  [1, 0, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

function minus(a: Mm, b: Mm): Mm {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function moved(from: Mm, way: Mm, by: number): Mm {
  return [from[0] + way[0] * by, from[1] + way[1] * by, from[2] + way[2] * by];
}

function unit(way: Mm): Mm {
  const length = Math.hypot(...way);
  return [way[0] / length, way[1] / length, way[2] / length];
}

type Steps = { origin: Mm; right: Mm; down: Mm; through: Mm };

function plainly({ origin, right, down, through }: Steps) {
  const across = unit(right);
  const skew = dot(down, across);
  const along = unit(moved(down, across, -skew));
  const normal: Mm = [
    across[1] * along[2] - across[2] * along[1],
    across[2] * along[0] - across[0] * along[2],
    across[0] * along[1] - across[1] * along[0],
  ];
  return {
    origin,
    across,
    along,
    normal,
    columnMm: Math.hypot(...right),
    rowMm: [skew, dot(down, along)] as Flat,
    sliceMm: dot(through, normal) || 1,
  };
}

/** A slice of a volume as a pane shows it. `affine` is that of the series itself. */
export function volumeSheet(
  key: string,
  shown: PlaneGrid,
  affine: Affine,
  slice: number,
  gray: Sheet["gray"],
): Sheet {
  const grid = { ...shown, affine };
  const origin = mmAt(grid, slice, 0, 0);
  const world = closestAxes(affine)[grid.slices.axis] ?? 2;
  return {
    key: `${key}/${grid.plane}/${slice}`,
    rows: grid.rows.count,
    columns: grid.columns.count,
    ...plainly({
      origin,
      right: minus(mmAt(grid, slice, 0, 1), origin),
      down: minus(mmAt(grid, slice, 1, 0), origin),
      through: minus(mmAt(grid, slice + 1, 0, 0), origin),
    }),
    plane: PLANE_OF_AXIS[world] ?? null,
    sliceIndex: null,
    affine,
    shape: grid.shape,
    voxelOf: (row, column) => voxelAt(grid, slice, row, column),
    gray,
  };
}

/** A picture of a series of pictures; without an affine its millimeters are its pixels. */
export function pictureSheet(
  key: string,
  picture: { index: number; rows: number; columns: number; affine?: Affine | null | undefined },
  gray: Sheet["gray"],
): Sheet {
  const affine = picture.affine ?? PLAIN_AFFINE;
  const way = (axis: number): Mm => [
    affine[0]?.[axis] ?? 0,
    affine[1]?.[axis] ?? 0,
    affine[2]?.[axis] ?? 0,
  ];
  return {
    key: `${key}/${picture.index}`,
    rows: picture.rows,
    columns: picture.columns,
    ...plainly({ origin: way(3), down: way(0), right: way(1), through: way(2) }),
    plane: null,
    sliceIndex: picture.index,
    affine,
    shape: [picture.rows, picture.columns, 1],
    voxelOf: (row, column) => [row, column, 0],
    gray,
  };
}

export function flatOfPixel(sheet: Sheet, row: number, column: number): Flat {
  return [column * sheet.columnMm + row * sheet.rowMm[0], row * sheet.rowMm[1]];
}

export function pixelOfFlat(sheet: Sheet, [u, v]: Flat): readonly [row: number, column: number] {
  const row = v / sheet.rowMm[1];
  return [row, (u - row * sheet.rowMm[0]) / sheet.columnMm];
}

export function mmOfFlat(sheet: Sheet, [u, v]: Flat): Mm {
  return moved(moved(sheet.origin, sheet.across, u), sheet.along, v);
}

export function flatOfMm(sheet: Sheet, point: Mm): Flat {
  const away = minus(point, sheet.origin);
  return [dot(away, sheet.across), dot(away, sheet.along)];
}

/** How many slices a point lies beyond the sheet, with a sign. */
export function depthOf(sheet: Sheet, point: Mm): number {
  return dot(minus(point, sheet.origin), sheet.normal) / sheet.sliceMm;
}

/** The border of the picture, half a pixel beyond the outermost centers. */
export function borderOf(sheet: Sheet): Flat[] {
  const [bottom, right] = [sheet.rows - 0.5, sheet.columns - 0.5];
  return [
    flatOfPixel(sheet, -0.5, -0.5),
    flatOfPixel(sheet, -0.5, right),
    flatOfPixel(sheet, bottom, right),
    flatOfPixel(sheet, bottom, -0.5),
  ];
}

export function isOnPicture(sheet: Sheet, row: number, column: number): boolean {
  return row >= -0.5 && column >= -0.5 && row <= sheet.rows - 0.5 && column <= sheet.columns - 0.5;
}
