"""Annotations as COCO JSON: polygons in pixels of named slices; categories are the kinds.

What COCO cannot say (holes, brushes, reasons, the place of a slice) stands beside it under
`neuroscope`, so that our own files come back as they were; the rest reads in any COCO tool.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, get_args

import numpy as np

from neuroscope.errors import BadInputError, GeometryMismatchError, TooLargeError
from neuroscope.io.annotations import ReadAnnotations, content_id
from neuroscope.io.coco_shapes import (
    Ring,
    flat_list,
    from_flat,
    keyhole,
    stroke_area,
    stroke_polygons,
)
from neuroscope.io.decoding import decoding
from neuroscope.records.annotation import Annotation, AnnotationKind
from neuroscope.records.outline import signed_area
from neuroscope.records.slicegrid import SliceGrid, lies_in, on_slice
from neuroscope.records.volume import Plane
from neuroscope.settings import RESEARCH_USE

KINDS: tuple[AnnotationKind, ...] = get_args(AnnotationKind)
NAMES: Mapping[str, AnnotationKind] = MappingProxyType(
    {**{kind: kind for kind in KINDS}, "tumour": "tumor"}
)
OURS = "neuroscope"
SCHEMA = "neuroscope/annotations/1"
LARGEST_BYTES = 64 * 1024**2
MOST_CORNERS = 5_000  # of a ring; comparing all edges takes a tenth of a second
MOST_CORNERS_IN_ALL = 500_000
SAME_MM = 1e-3


def write_coco(annotations: Sequence[Annotation], slices: Sequence[SliceGrid], path: Path) -> None:
    """Write contours and strokes of one series; deleted ones are passed over.

    Parameters
    ----------
    slices
        All slices of the series as displayed, in order.

    Raises
    ------
    BadInputError
        For a mask, and for what lies on none of the slices.
    """
    drawn = [one for one in annotations if not one.deleted]
    document = {
        "info": {"description": RESEARCH_USE, "version": SCHEMA},
        "images": [_image(number, grid) for number, grid in enumerate(slices, start=1)],
        "categories": [
            {"id": number, "name": kind, "supercategory": "annotation"}
            for number, kind in enumerate(KINDS, start=1)
        ],
        "annotations": [_entry(number, one, slices) for number, one in enumerate(drawn, start=1)],
        OURS: {"series_id": drawn[0].series_id if drawn else None},
    }
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")


def read_coco(
    path: Path, slices: Sequence[SliceGrid], *, series_id: str, author: str
) -> ReadAnnotations:
    """Read polygons that were drawn on the slices of a series.

    Slices are known by the name or the stem of their file, and by their size. Each polygon of a
    file of another program becomes a contour; what cannot be used is left out, and said.

    Raises
    ------
    BadInputError
        If the file holds nothing that can be used.
    GeometryMismatchError
        If it was drawn on another series, or a slice has another size or place.
    TooLargeError, UnreadableFileError
        Above 64 MiB, 5,000 corners of a ring or 500,000 in all, or if it is no COCO JSON.
    """
    if path.stat().st_size > LARGEST_BYTES:
        raise TooLargeError(
            f"The file has more than {LARGEST_BYTES // 1024**2} MiB.", fix="Export fewer slices."
        )
    cautions: dict[str, int] = {}
    found: list[Annotation] = []
    with decoding("COCO JSON"):
        document = json.loads(path.read_text(encoding="utf-8"))
        _check_series(document, series_id)
        grids = _grids(document["images"], slices)
        _check_corners(document["annotations"])
        kinds = {int(one["id"]): str(one["name"]) for one in document["categories"]}
        for entry in document["annotations"]:
            grid = grids.get(int(entry["image_id"]))
            name = kinds.get(int(entry["category_id"]), "").lower()
            for made in _annotations(entry, grid, name, series_id=series_id, author=author):
                if isinstance(made, Annotation):
                    found.append(made)
                else:
                    cautions[made] = cautions.get(made, 0) + 1
    told = tuple(f"{text} ({number})" for text, number in cautions.items())
    if not found:
        raise BadInputError(
            " ".join(["The file holds no annotation for this series.", *told]),
            fix="Name its images as the slices of the series, and give polygons.",
        )
    return ReadAnnotations(tuple(found), told)


def _check_corners(entries: Sequence[Any]) -> None:
    """Refuse more corners than can be compared with each other while somebody waits."""
    total = 0
    for number, entry in enumerate(entries, start=1):
        own = entry.get(OURS, {})
        polygons = entry["segmentation"] if isinstance(entry["segmentation"], list) else []
        for ring in (*polygons, *own.get("rings", ()), own.get("path", ())):
            corners = len(ring) // 2
            total += corners
            if corners > MOST_CORNERS:
                raise TooLargeError(
                    f"An outline of annotation {number} has {corners} corners; at most "
                    f"{MOST_CORNERS} are read.",
                    fix="Simplify the outline, or send it as a mask (DICOM SEG, NIfTI).",
                )
    if total > MOST_CORNERS_IN_ALL:
        raise TooLargeError(
            f"The outlines have {total} corners in all; at most {MOST_CORNERS_IN_ALL} are read.",
            fix="Send fewer annotations at a time, or simplify the outlines.",
        )


def _image(number: int, grid: SliceGrid) -> dict[str, Any]:
    return {
        "id": number, "file_name": grid.name, "height": grid.shape[0], "width": grid.shape[1],
        OURS: {"affine": grid.affine.tolist(), "slice_index": grid.slice_index},
    }  # fmt: skip


def _entry(number: int, annotation: Annotation, slices: Sequence[SliceGrid]) -> dict[str, Any]:
    if annotation.shape == "mask":
        raise BadInputError(
            "A mask of voxels is no polygon.",
            fix="Export it as DICOM SEG or NIfTI, or draw its contours first.",
        )
    here = (
        number
        for number, grid in enumerate(slices)
        if on_slice(annotation, grid) and lies_in(annotation, grid)
    )
    place = next(here, None)
    if place is None:
        raise BadInputError(
            f"A {annotation.shape} lies on none of the slices.",
            fix="Export it with the slices of the plane it was drawn in.",
        )
    grid = slices[place]
    polygons, area, shape = _shape(annotation, grid)
    corners = np.concatenate(polygons)[:, ::-1] + 0.5
    low, size = corners.min(0), np.ptp(corners, 0)
    return {
        "id": number, "image_id": place + 1, "category_id": KINDS.index(annotation.kind) + 1,
        "segmentation": [flat_list(ring) for ring in polygons], "area": area,
        "bbox": [*low.tolist(), *size.tolist()], "iscrowd": 0,
        OURS: {
            **shape, "id": annotation.id, "version": annotation.version,
            "author": annotation.author, "reason": annotation.reason,
            "only_this": annotation.only_this,
        },
    }  # fmt: skip


def _shape(annotation: Annotation, grid: SliceGrid) -> tuple[list[Ring], float, dict[str, Any]]:
    """Give the polygons for all, their area in pixels, and the shape itself for us."""
    if annotation.shape == "stroke":
        path = grid.to_index(annotation.points_mm)[:, :2]
        radius, step = annotation.radius_mm, grid.step_mm
        own = {"path": flat_list(path), "radius_mm": radius, "plane": annotation.plane}
        return stroke_polygons(path, radius, step), stroke_area(path, radius, step), own
    rings = [grid.to_index(ring)[:, :2] for ring in annotation.rings_mm]
    areas = [abs(signed_area(ring)) for ring in rings]
    own = {"rings": [flat_list(ring) for ring in rings]}
    return [keyhole(rings)], areas[0] - sum(areas[1:]), own


def _check_series(document: Any, series_id: str) -> None:
    named = document.get(OURS, {}).get("series_id")
    if named is not None and named != series_id:
        raise GeometryMismatchError(
            "The annotations were drawn on another series.",
            fix="Import them to the series they belong to.",
        )


def _grids(images: Sequence[Any], slices: Sequence[SliceGrid]) -> dict[int, SliceGrid]:
    """Find the slice of every image; those without one are left out."""
    by_name = {grid.name: grid for grid in slices}
    found = {}
    for image in images:
        name = str(image["file_name"])
        grid = by_name.get(name) or by_name.get(PurePosixPath(name).stem)
        if grid is not None:
            _check_same(image, grid)
            found[int(image["id"])] = grid
    return found


def _check_same(image: Any, grid: SliceGrid) -> None:
    size = int(image["height"]), int(image["width"])
    if size != grid.shape:
        raise GeometryMismatchError(
            f"An image has {size[0]} x {size[1]} pixels; its slice {grid.name!r} has "
            f"{grid.shape[0]} x {grid.shape[1]}.",
            fix="Draw on the slices as Neuroscope shows them, neither scaled nor cropped.",
        )
    affine = image.get(OURS, {}).get("affine")
    if affine is not None and np.abs(np.array(affine) - grid.affine).max() > SAME_MM:
        raise GeometryMismatchError(
            f"The slice {grid.name!r} lies elsewhere than the image that was drawn on.",
            fix="Import the annotations to the series they belong to.",
        )


def _annotations(
    entry: Any, grid: SliceGrid | None, name: str, *, series_id: str, author: str
) -> Iterator[Annotation | str]:
    """Read one entry: annotations, or why something was left out."""
    if grid is None:
        yield "Drawn on images that are no slices of this series"
        return
    if name not in NAMES:
        yield "Of another category; read as tumor"
    kind = NAMES.get(name, "tumor")
    own = entry.get(OURS, {})
    if not own and not isinstance(entry["segmentation"], list):
        yield "Masks (RLE) were left out: only polygons are read"
        return
    for shape in _shapes(entry, own, grid):
        points = shape["points_mm"]
        rings = [ring.tobytes() for ring in (points, *shape.get("holes_mm", ()))]
        reason = str(own.get("reason", ""))
        words = series_id, author, kind, grid.name, reason, str(shape.get("radius_mm"))
        try:
            yield Annotation(
                id=content_id(*words, *rings),
                series_id=series_id,
                kind=kind,
                author=author,
                reason=reason,
                slice_index=grid.slice_index,
                only_this=bool(own.get("only_this", False)),
                **shape,
            )
        except BadInputError as error:
            yield f"Left out: {error.problem}"


def _shapes(entry: Any, own: Any, grid: SliceGrid) -> Iterator[dict[str, Any]]:
    if "path" in own:
        plane: Plane | None = own["plane"] if own.get("plane") in get_args(Plane) else None
        yield {
            "shape": "stroke", "points_mm": _lifted(own["path"], grid),
            "radius_mm": float(own["radius_mm"]), "plane": plane,
        }  # fmt: skip
    elif "rings" in own:
        outer, *holes = (_lifted(ring, grid) for ring in own["rings"])
        yield {"shape": "contour", "points_mm": outer, "holes_mm": tuple(holes)}
    else:
        for ring in entry["segmentation"]:
            yield {"shape": "contour", "points_mm": _lifted(ring, grid)}


def _lifted(values: Any, grid: SliceGrid) -> Ring:
    ring = from_flat(np.array(values, np.float64))
    return grid.to_mm(np.column_stack([ring, np.zeros(len(ring))]))
