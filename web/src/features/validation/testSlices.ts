/** For tests: slices of a grid, and the body in which their pictures come. */

import type { GridSlice, Slices } from "../../queries/validation.ts";

export function sliceOf(id: number, more: Partial<GridSlice> = {}): GridSlice {
  return {
    id,
    study_id: "s1",
    pseudonym: "NS-7Q2K4D",
    analysis_id: "x",
    series_id: "a",
    role: "t1c",
    plane: null,
    index: id - 1,
    name: `cut-${id}`,
    position_mm: null,
    predicted: "glioma",
    p_predicted: 0.91,
    p_class: { glioma: 0.91, meningioma: 0.05, pituitary: 0.02, notumor: 0.02 },
    outlier: 0.2,
    truth: "unknown",
    reason: "unknown",
    dominant: "unknown",
    passport: "unknown",
    abstained: false,
    verdict: "none",
    focus: null,
    ...more,
  };
}

export function slicesOf(ids: readonly number[], more: Partial<Slices> = {}): Slices {
  return {
    ids: [...ids],
    total: ids.length,
    all_slices: ids.length,
    facets: { verdict: { none: ids.length, artefact: 0 } },
    matrix: [
      { truth: "glioma", predicted: "glioma", count: 5 },
      { truth: "meningioma", predicted: "glioma", count: 2 },
      { truth: "unknown", predicted: "glioma", count: 9 },
    ],
    ...more,
  };
}

/** Tiles of 2 x 2 pixels with one cell of evidence. */
export function tilesBody(ids: readonly number[]): ArrayBuffer {
  const said = ids.map((id) => ({ id, side: 2, rows: 1, columns: 1, box: [0, 0, 2, 2] }));
  const line = new TextEncoder().encode(`${JSON.stringify(said)}\n`);
  const body = new Uint8Array(line.length + ids.length * 5);
  body.set(line);
  ids.forEach((_, at) => {
    body.set([10, 20, 30, 40, 256 - 100], line.length + at * 5);
  });
  return body.buffer;
}
