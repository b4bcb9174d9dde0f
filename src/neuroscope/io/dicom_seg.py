"""Annotations as DICOM Segmentation objects, one segment for each annotation (PS3.3 A.51).

The UIDs of the scanner are not kept, because they name the patient's examination. Study, series and
images are named by UIDs derived from our own ids: the same series always gets the same ones, and
nobody can go back from them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.utils import pack_bits

from neuroscope.errors import (
    BadInputError,
    GeometryError,
    GeometryMismatchError,
    TooLargeError,
    UnreadableFileError,
)
from neuroscope.io.annotations import (
    MOST_MASKS_OF_LIMIT,
    ReadAnnotations,
    Window,
    box_annotation,
    check_boxes,
    content_id,
    in_grid,
    window,
)
from neuroscope.io.archive import Source
from neuroscope.io.decoding import decoding
from neuroscope.io.dicom_header import open_dataset
from neuroscope.io.seg_header import (
    KIND_OF_CODE,
    MAKER,
    RAS_TO_LPS,
    common_header,
    frame_groups,
    segment_item,
    series_uid,
)
from neuroscope.records.annotation import Annotation, AnnotationKind
from neuroscope.records.geometry import closest_axes, shear_deg
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

STRAIGHT_DEG = 0.1  # DICOM knows only perpendicular axes
Placed = tuple[tuple[int, int, int], NDArray[np.bool_]]  # index of the first voxel, and a box
OTHER_PROGRAM = "The segments come from another program; they are read as tumor unless coded else."


def write_dicom_seg(
    masks: Sequence[Annotation],
    grid: Volume,
    path: Path,
    *,
    study_id: str,
    patient: str,
    modality: str = "MR",
) -> None:
    """Write masks of one series as a binary Segmentation.

    The same annotations give the same bytes: no time of writing is noted.

    Parameters
    ----------
    masks
        Of shape "mask" (`preprocess/drawn.py` turns others into one).
    grid
        The series.
    patient
        The pseudonym.
    modality
        Of the series, `MR` or `CT`.

    Raises
    ------
    BadInputError
        If there is none, if they are of several series, or if one is no mask.
    GeometryError
        If the grid is sheared, or a mask lies on another.
    """
    series = {mask.series_id for mask in masks}
    if len(series) != 1:
        raise BadInputError(
            f"A DICOM Segmentation is of one series; these annotations are of {len(series)}.",
            fix="Write one file for each series.",
        )
    if shear_deg(grid.affine) > STRAIGHT_DEG:
        raise GeometryError(
            f"The axes of the series miss being perpendicular by {shear_deg(grid.affine):.1f} "
            "degrees, which DICOM cannot say.",
            fix="Export the annotations as NIfTI.",
        )
    series_id = series.pop()
    frames: list[NDArray[np.bool_]] = []
    groups, segments = [], []
    for number, mask in enumerate(masks, start=1):
        full = in_grid(mask, grid)
        segments.append(segment_item(number, mask))
        for layer in np.flatnonzero(full.any((0, 1))).tolist():
            frames.append(full[:, :, layer].T)
            groups.append(frame_groups(grid, layer, number, series_id=series_id, modality=modality))
    pixels = np.stack(frames)
    content = content_id(pixels.tobytes(), *(f"{m.id} {m.version}" for m in masks))
    made = common_header(
        grid, study_id=study_id, series_id=series_id, patient=patient, modality=modality,
        content=content,
    )  # fmt: skip
    made.SegmentSequence = segments
    made.PerFrameFunctionalGroupsSequence = groups
    made.NumberOfFrames = len(frames)
    made.PixelData = pack_bits(pixels.astype(np.uint8))
    made.save_as(path, enforce_file_format=True)


def read_dicom_seg(
    path: Path, grid: Volume, *, series_id: str, author: str, limits: Limits
) -> ReadAnnotations:
    """Read the segments of a Segmentation that was drawn on a series.

    A file of ours must name this series. Those of other programs are accepted if their voxels are
    voxels of the series, in whatever plane they were stored; their free text is not read, for it
    may name the patient. Fractional segments count from one half on.

    Raises
    ------
    BadInputError
        If the file is no Segmentation, or holds nothing.
    GeometryMismatchError
        If it was drawn on another series or grid.
    TooLargeError
        If it holds more voxels than the limits allow.
    UnreadableFileError
        If it is damaged.
    """
    with decoding("DICOM"):
        made: Any = open_dataset(Source(path, path.name), with_pixels=True)
        if str(made.get("Modality", "")) != "SEG" or "SegmentSequence" not in made:
            raise BadInputError(
                "The file is no DICOM Segmentation.", fix="Export the annotations as DICOM SEG."
            )
        is_own = str(made.get("Manufacturer", "")) == MAKER
        if is_own:
            _check_series(made, series_id)
        frames = _frames(made, grid, limits)
        found = []
        spanned = 0
        for segment in made.SegmentSequence:
            parts = frames.get(int(segment.SegmentNumber), [])
            if not parts:
                continue
            mask, start = _together(parts)
            spanned += mask.size
            check_boxes(spanned, limits)
            found.append(
                box_annotation(
                    mask, start, grid, series_id=series_id, kind=_kind(segment), author=author,
                    reason=_reason(segment, is_own=is_own),
                )
            )  # fmt: skip
    if not found:
        raise BadInputError("The Segmentation marks no voxel.", fix="Give one that marks some.")
    return ReadAnnotations(tuple(found), () if is_own else (OTHER_PROGRAM,))


def _check_series(made: Any, series_id: str) -> None:
    named = {str(one.SeriesInstanceUID) for one in made.get("ReferencedSeriesSequence", [])}
    if series_uid(series_id) not in named:
        raise GeometryMismatchError(
            "The Segmentation was drawn on another series.",
            fix="Import it to the series it belongs to.",
        )


def _frames(made: Any, grid: Volume, limits: Limits) -> dict[int, list[Placed]]:
    """Place the marked part of every frame in the grid, by segment."""
    number, rows, columns = int(made.NumberOfFrames), int(made.Rows), int(made.Columns)
    if number * rows * columns > MOST_MASKS_OF_LIMIT * limits.volume_voxels:
        raise TooLargeError(
            f"The Segmentation holds {number} frames of {rows} x {columns} pixels.",
            fix="Export fewer segments at a time.",
        )
    kind = str(made.SegmentationType)
    if kind not in ("BINARY", "FRACTIONAL"):
        raise BadInputError(
            f"The Segmentation is of type {kind[:16]!r}.", fix="Export it as BINARY."
        )
    half = 0.5 * float(made.MaximumFractionalValue) if kind == "FRACTIONAL" else 0.5
    pixels = np.asarray(made.pixel_array).reshape(number, rows, columns)
    found: dict[int, list[Placed]] = {}
    for frame, groups in zip(pixels, made.PerFrameFunctionalGroupsSequence, strict=True):
        segment = int(_macro(made, groups, "SegmentIdentificationSequence").ReferencedSegmentNumber)
        box = _window(made, groups, (columns, rows), grid)
        turned = box.turned(np.asarray(frame.T[:, :, None] >= half))
        if turned.any():
            cut = tuple(
                slice(side[0], side[-1] + 1)
                for side in (
                    np.flatnonzero(turned.any(other)) for other in ((1, 2), (0, 2), (0, 1))
                )
            )
            i, j, k = (a + part.start for a, part in zip(box.start, cut, strict=True))
            found.setdefault(segment, []).append(((int(i), int(j), int(k)), turned[cut].copy()))
    return found


def _together(parts: Sequence[Placed]) -> tuple[NDArray[np.bool_], tuple[int, int, int]]:
    """Lay the frames of a segment into the smallest box that holds them all."""
    first = np.min([start for start, _ in parts], 0)
    last = np.max([np.add(start, box.shape) for start, box in parts], 0)
    whole = np.zeros(last - first, bool)
    for start, box in parts:
        place = np.subtract(start, first)
        whole[tuple(slice(a, a + n) for a, n in zip(place, box.shape, strict=True))] |= box
    i, j, k = first.tolist()
    return whole, (i, j, k)


def _window(made: Any, groups: Any, size: tuple[int, int], grid: Volume) -> Window:
    """Place one frame: columns and rows as DICOM says, the third axis as the grid has it."""
    spacing = _macro(made, groups, "PixelMeasuresSequence").PixelSpacing
    orientation = _macro(made, groups, "PlaneOrientationSequence").ImageOrientationPatient
    position = _macro(made, groups, "PlanePositionSequence").ImagePositionPatient
    axes = np.array([float(part) for part in orientation]).reshape(2, 3)
    lps = np.eye(4)
    lps[:3, 0] = axes[0] * float(spacing[1])
    lps[:3, 1] = axes[1] * float(spacing[0])
    lps[:3, 2] = np.cross(axes[0], axes[1])
    lps[:3, 3] = [float(part) for part in position]
    affine = RAS_TO_LPS @ lps
    world = closest_axes(affine)[2]
    affine[:3, 2] = grid.affine[:3, closest_axes(grid.affine).index(world)]
    return window(affine, (*size, 1), grid)


def _macro(made: Any, groups: Any, keyword: str) -> Any:
    for place in (groups, *made.get("SharedFunctionalGroupsSequence", [])):
        if keyword in place:
            return place[keyword].value[0]
    raise UnreadableFileError(
        f"The Segmentation lacks its {keyword}.", fix="Export it again from where it came."
    )


def _kind(segment: Any) -> AnnotationKind:
    code = segment.SegmentedPropertyTypeCodeSequence[0]
    value = (str(code.get("CodeValue", "")), str(code.get("CodingSchemeDesignator", "")))
    return KIND_OF_CODE.get(value, "tumor")


def _reason(segment: Any, *, is_own: bool) -> str:
    if is_own:
        return str(segment.get("SegmentDescription", "") or "")
    return f"Segment {int(segment.SegmentNumber)} of a DICOM Segmentation"
