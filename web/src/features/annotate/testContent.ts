/** Drawings to test with. */

import type { Content, Stored } from "./content.ts";

export function contentWith(change: Partial<Content> = {}): Content {
  return {
    kind: "evidence",
    shape: "contour",
    points_mm: [
      [0, 0, 24],
      [10, 0, 24],
      [10, 8, 24],
    ],
    radius_mm: 0,
    holes_mm: [],
    slice_index: null,
    plane: "axial",
    mask: null,
    only_this: false,
    reason: "",
    analysis_id: null,
    ...change,
  };
}

export function storedWith(id: string, content: Content, change: Partial<Stored> = {}): Stored {
  return {
    ...content,
    slice_index: content.slice_index ?? null,
    plane: content.plane ?? null,
    mask: content.mask ?? null,
    id,
    study_id: "s",
    series_id: "t1c",
    version: 1,
    parent: null,
    head: 1,
    is_conflict: false,
    resolves: [],
    author: "reader",
    owner: "reader",
    created: "2026-11-21T10:00:00Z",
    deleted: false,
    model: null,
    image_sha256: "00",
    software: "0.1.0",
    conflicts: [],
    is_stale: false,
    ...change,
  };
}
