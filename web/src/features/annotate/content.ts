/** What an annotation says, as it travels to the server and back. Pure. */

import type { Schemas } from "../../client/api.ts";
import type { Mm } from "../../frames/affine.ts";
import { depthOf, flatOfMm, mmOfFlat, type Sheet } from "../../frames/sheet.ts";
import { strokeArea } from "./areas.ts";
import type { Piece, Ring } from "./rings.ts";

export type Kind = Schemas["AnnotationIn"]["kind"];
export type PackedMask = Schemas["Mask"];
/** One version, as the server keeps it. */
export type Version = Schemas["VersionOut"];
/** An annotation as it counts on the server now. */
export type Stored = Schemas["AnnotationOut"];
/** What a reader can change. */
export type Content = Omit<Required<Schemas["AnnotationIn"]>, "id">;
type Points = Content["points_mm"];

export const KINDS: readonly Kind[] = ["evidence", "not_evidence", "tumor", "note"];
export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  evidence: "Look here",
  not_evidence: "Ignore this",
  tumor: "Tumor",
  note: "Note",
};

export function contentOf(version: Version): Content {
  return {
    kind: version.kind,
    shape: version.shape,
    points_mm: version.points_mm as Points,
    radius_mm: version.radius_mm,
    holes_mm: version.holes_mm as Points[],
    slice_index: version.slice_index ?? null,
    plane: version.plane ?? null,
    mask: version.mask ?? null,
    only_this: version.only_this,
    reason: version.reason,
    analysis_id: null,
  };
}

/** Whether two say the same, whatever answer of a model was seen while drawing. */
export function isSame(one: Content | null, other: Content | null): boolean {
  if (one === other || !one || !other) {
    return one === other;
  }
  return (
    isSameShape(one, other) && one.reason === other.reason && one.only_this === other.only_this
  );
}

function isSameShape(one: Content, other: Content): boolean {
  const facts = ({ kind, shape, radius_mm, slice_index, plane }: Content) =>
    JSON.stringify([kind, shape, radius_mm, slice_index ?? null, plane ?? null]);
  return (
    facts(one) === facts(other) &&
    one.mask?.bits === other.mask?.bits &&
    JSON.stringify([one.points_mm, one.holes_mm, one.mask?.shape, one.mask?.affine]) ===
      JSON.stringify([other.points_mm, other.holes_mm, other.mask?.shape, other.mask?.affine])
  );
}

/** A name that no other annotation has. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** Micrometers are enough, and look the same when they come back. */
function point(place: Mm): Points[number] {
  const at = (value: number) => Math.round(value * 1e6) / 1e6 + 0;
  return [at(place[0]), at(place[1]), at(place[2])];
}

function pointsOf(sheet: Sheet, ring: Ring): Points {
  return ring.map((flat) => point(mmOfFlat(sheet, flat)));
}

/** What all shapes drawn on one sheet share. */
export type Manner = Pick<Content, "kind" | "only_this" | "reason" | "analysis_id">;

function onSheet(sheet: Sheet, manner: Manner) {
  return {
    ...manner,
    points_mm: [],
    radius_mm: 0,
    holes_mm: [],
    slice_index: sheet.sliceIndex,
    plane: sheet.plane,
    mask: null,
  };
}

export function contour(sheet: Sheet, { outer, holes }: Piece, manner: Manner): Content {
  return {
    ...onSheet(sheet, manner),
    shape: "contour",
    points_mm: pointsOf(sheet, outer),
    holes_mm: holes.map((hole) => pointsOf(sheet, hole)),
  };
}

export function stroke(sheet: Sheet, path: Ring, radius: number, manner: Manner): Content {
  return {
    ...onSheet(sheet, manner),
    shape: "stroke",
    points_mm: pointsOf(sheet, path),
    radius_mm: radius,
  };
}

export function voxels(sheet: Sheet, mask: PackedMask, manner: Manner): Content {
  return { ...onSheet(sheet, manner), shape: "mask", plane: null, mask };
}

/** Within half a slice of a slice is on it. */
const LAYER = 0.5;

/** Whether a contour or stroke was drawn on this very slice, in this plane. */
export function liesOn(content: Content, sheet: Sheet): boolean {
  if (content.shape === "mask" || (content.slice_index ?? null) !== sheet.sliceIndex) {
    return false;
  }
  if (sheet.sliceIndex !== null) {
    return true;
  }
  const isThisPlane = content.plane == null || content.plane === sheet.plane;
  return (
    isThisPlane &&
    content.points_mm.every((place) => Math.abs(depthOf(sheet, place)) < LAYER) &&
    (content.plane != null || content.points_mm.length > 2)
  );
}

export function ringsOn(content: Content, sheet: Sheet): Ring[] {
  return [content.points_mm, ...content.holes_mm].map((ring) =>
    ring.map((place) => flatOfMm(sheet, place)),
  );
}

/** The area of a contour or stroke that lies on this slice. */
export function areaOn(content: Content, sheet: Sheet): Piece[] {
  const [outer = [], ...holes] = ringsOn(content, sheet);
  return content.shape === "stroke" ? strokeArea(outer, content.radius_mm) : [{ outer, holes }];
}

/** A place in the middle of what was drawn, to go there. */
export function middleOf(content: Content): Mm {
  const places = content.mask ? cornersOf(content.mask) : content.points_mm;
  const sum = places.reduce<Mm>((s, p) => [s[0] + p[0], s[1] + p[1], s[2] + p[2]], [0, 0, 0]);
  const count = places.length || 1;
  return [sum[0] / count, sum[1] / count, sum[2] / count];
}

function cornersOf({ shape, affine }: PackedMask): Mm[] {
  const at = (row: number, share: number) =>
    [0, 1, 2].reduce(
      (sum, axis) => sum + (affine[row]?.[axis] ?? 0) * share * ((shape[axis] ?? 1) - 1),
      affine[row]?.[3] ?? 0,
    );
  return [0, 1].map((share): Mm => [at(0, share), at(1, share), at(2, share)]);
}
