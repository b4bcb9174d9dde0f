"""DICOM files of one patient, in any order, to series in RAS+ millimeters."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.io.archive import Source
from neuroscope.io.deidentify import acquisition_facts, scrub_description
from neuroscope.io.dicom_header import Frame, NotAScanError, read_frames
from neuroscope.io.dicom_pixels import LPS_TO_RAS, build_volume, decode_frames, plane_affine
from neuroscope.io.dicom_stack import (
    Stack,
    group_frames,
    has_geometry,
    lay_out,
    split_repeats,
    without_copies,
)
from neuroscope.io.found import Found, LooseSeries, check_decoded
from neuroscope.io.sequence import sequence_role
from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Affine, checked_affine, closest_axes
from neuroscope.records.imported import Unreadable
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.volume import Plane, Slice, Volume
from neuroscope.settings import Limits

MOST_STACKS = 8  # of one series that are read, so that a diffusion series does not become a hundred
_PLANES: tuple[Plane, ...] = ("sagittal", "coronal", "axial")
_HEADER_SHARE = 0.3  # of the progress


def read_dicom(sources: Sequence[Source], *, limits: Limits, progress: Progress = ignore) -> Found:
    """Read DICOM files: group, order by position, check, decode.

    Raises
    ------
    BadInputError
        If the files come from more than one patient.
    TooLargeError
        If they decode to more than `limits.unpacked_bytes`.
    """
    frames, aside, unreadable = _read_headers(sources, limits, progress)
    cautions = [_aside_caution(aside)] if aside else []
    patient = _one_patient(frames, cautions)
    frames, copies = without_copies(frames)
    if copies:
        cautions.append(f"Copies of images that are present more than once, left out: {copies}.")
    groups = _limited(group_frames(frames), cautions)
    series: list[LooseSeries] = []
    for done, group in enumerate(groups, start=1):
        found, refused = _read_group(group, limits)
        series.extend(found)
        unreadable.extend(refused)
        check_decoded(sum(one.decoded_bytes for one in series), limits=limits)
        progress(_HEADER_SHARE + (1 - _HEADER_SHARE) * done / len(groups))
    return Found(tuple(series), tuple(cautions), tuple(unreadable), patient)


def _read_headers(
    sources: Sequence[Source], limits: Limits, progress: Progress
) -> tuple[list[Frame], Counter[str], list[Unreadable]]:
    frames: list[Frame] = []
    aside: Counter[str] = Counter()
    unreadable: list[Unreadable] = []
    for done, source in enumerate(sources, start=1):
        try:
            frames.extend(read_frames(source, limits=limits))
        except NotAScanError as verdict:
            aside[verdict.what] += 1
        except BadInputError as error:
            unreadable.append(Unreadable(source.name, error.problem, error.fix))
        progress(_HEADER_SHARE * done / len(sources))
    return frames, aside, unreadable


def _aside_caution(aside: Counter[str]) -> str:
    shown = ", ".join(f"{number} x {what}" for what, number in sorted(aside.items()))
    return f"DICOM files set aside because they are no scans: {shown}."


def _one_patient(frames: Sequence[Frame], cautions: list[str]) -> str:
    patients = {frame.header.patient for frame in frames}
    named = sorted(patients - {""})
    if len(named) > 1:
        raise BadInputError(
            f"The files come from {len(named)} patients.", fix="Give the files of one patient."
        )
    if named and "" in patients:
        cautions.append("Some files do not say whose they are; they were taken as this patient's.")
    visits = {frame.header.study_uid for frame in frames}
    if len(visits) > 1:
        cautions.append(f"The files come from {len(visits)} examinations of the patient.")
    return named[0] if named else ""


def _limited(groups: list[list[Frame]], cautions: list[str]) -> list[list[Frame]]:
    """Keep at most `MOST_STACKS` groups of one series."""
    counts: Counter[str] = Counter()
    kept = []
    for group in groups:
        uid = group[0].header.series_uid
        counts[uid] += 1
        if counts[uid] <= MOST_STACKS:
            kept.append(group)
    cautions.extend(
        f"Only the first {MOST_STACKS} of {number} parts of a series were read."
        for number in counts.values()
        if number > MOST_STACKS
    )
    return kept


def _read_group(
    group: list[Frame], limits: Limits
) -> tuple[list[LooseSeries], tuple[Unreadable, ...]]:
    placed = [frame for frame in group if has_geometry(frame)]
    loose = [frame for frame in group if not has_geometry(frame)]
    series: list[LooseSeries] = []
    refused: list[Unreadable] = []
    if placed:
        sets, cautions = split_repeats(placed)
        for frames in sets:
            decoded, damaged = decode_frames(frames, limits=limits)
            refused.extend(damaged)
            if decoded:
                series.append(_stacked(decoded, cautions))
    if loose:
        decoded, damaged = decode_frames(sorted(loose, key=lambda f: f.order), limits=limits)
        refused.extend(damaged)
        if decoded:
            caution = "The images do not say where they were cut; places and sizes are unknown."
            series.append(_described(_loose_slices(decoded), decoded[0][0], (caution,)))
    return series, tuple(refused)


def _stacked(decoded: list[tuple[Frame, Array]], cautions: tuple[str, ...]) -> LooseSeries:
    frames = [frame for frame, _ in decoded]
    pixels = [array for _, array in decoded]
    stack = lay_out(frames)
    told = (*cautions, *stack.cautions)
    if not stack.is_grid:
        return _described(_placed_slices(stack, pixels), frames[0], told)
    return _described(build_volume(stack, pixels), frames[0], told)


def _described(
    image: Volume | tuple[Slice, ...], frame: Frame, cautions: tuple[str, ...]
) -> LooseSeries:
    header = frame.header
    role, doubts = sequence_role(header.tags)
    return LooseSeries(
        image=image,
        role=role,
        description=scrub_description(header.tags.description),
        acquisition=acquisition_facts(header.facts),
        cautions=(*cautions, *doubts, *header.cautions),
    )


def _loose_slices(decoded: list[tuple[Frame, Array]]) -> tuple[Slice, ...]:
    return tuple(
        Slice(pixels, name=f"slice-{number:03d}")
        for number, (_, pixels) in enumerate(decoded, start=1)
    )


def _placed_slices(stack: Stack, pixels: Sequence[Array]) -> tuple[Slice, ...]:
    slices = []
    for number, (frame, array) in enumerate(zip(stack.frames, pixels, strict=True), start=1):
        lps = plane_affine(frame)
        affine = LPS_TO_RAS @ lps[:, [1, 0, 2, 3]]  # (row, column, 0), as Slice counts
        normal = closest_axes(checked_affine(affine))[2]
        slices.append(
            Slice(
                array,
                name=f"slice-{number:03d}",
                plane=_PLANES[normal],
                position_mm=_position_mm(affine, normal),
                affine=affine,
            )
        )
    return tuple(slices)


def _position_mm(affine: Affine, normal: int) -> float:
    """Tell where the plane's origin lies along the patient axis that its normal follows."""
    return float(np.asarray(affine)[normal, 3])
