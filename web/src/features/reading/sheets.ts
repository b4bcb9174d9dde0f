/** The slices on display, as sheets to draw on. */

import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Affine } from "../../frames/affine.ts";
import type { PlaneGrid } from "../../frames/planes.ts";
import { pictureSheet, type Sheet, volumeSheet } from "../../frames/sheet.ts";
import { slicePixels } from "../../queries/pixels.ts";
import type { Series } from "../../queries/studies.ts";
import { plainPicture } from "../../viewer/stacks.ts";
import type { Stack } from "../../viewer/surface.ts";

/** Plain slices, one after the other, as they were stored. */
export function usePictureStack(studyId: string, series: Series): Stack {
  const client = useQueryClient();
  const count = series.slices?.length ?? 0;
  return useMemo<Stack>(
    () => ({
      key: `${studyId}/${series.id}`,
      count,
      picture: async (at) => {
        const { pixels, rows, columns } = await slicePixels(client, studyId, series.id, at);
        return plainPicture(pixels, rows, columns);
      },
    }),
    [client, studyId, series.id, count],
  );
}

export function usePictureSheet(series: Series, index: number, stack: Stack): Sheet | null {
  const slice = series.slices?.[index];
  return useMemo(() => {
    const gray = async () => (await stack.picture(index)).pixels;
    return slice ? pictureSheet(series.id, { ...slice, affine: slice.affine ?? null }, gray) : null;
  }, [series.id, slice, stack, index]);
}

/** A slice of a volume. Drawings lie in the frame of the series, wherever the room shows it. */
export function useVolumeSheet(
  series: Series,
  grid: PlaneGrid,
  index: number,
  gray: (index: number) => ArrayLike<number>,
): Sheet {
  return useMemo(
    () => volumeSheet(series.id, grid, series.affine as Affine, index, async () => gray(index)),
    [series.id, series.affine, grid, index, gray],
  );
}
