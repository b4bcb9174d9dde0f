"""Bring a labeled set of pictures into the store: its labels are answers, its masks outlines.

What a set says counts as one more reader, under a name of its own: the validation page compares the
network with it, and the audit trail tells who said what.
"""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.io.picture_set import PictureSet, list_pictures
from neuroscope.io.reader import pictures_as_study
from neuroscope.preprocess.contours import contours_in
from neuroscope.preprocess.orient import slices_of
from neuroscope.preprocess.slice_grid import slice_grid
from neuroscope.records.annotation import Annotation
from neuroscope.records.imported import ImportedStudy, Unreadable
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.volume import Slice
from neuroscope.settings import READER_LENGTH, Limits
from neuroscope.store.annotations import create_all
from neuroscope.store.database import Store
from neuroscope.store.reader_labels import set_label
from neuroscope.store.studies import load_study, save_study

log = logging.getLogger(__name__)

NO_TUMOR = "notumor"
ALONE = "The set names no patients: all its pictures became one study, and count as one patient."
OTHER_SIZE = "Its mask has another size than the picture."


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of bringing a set.

    Attributes
    ----------
    studies
        Ids, one for each patient of the set.
    pictures, labeled, outlined
        How many pictures are there, have an answer, and an outline of the tumor.
    by
        Who said so: the name of the set.
    unknown
        Labels that are no class, and how many pictures bear them: these have no answer.
    refused
        Files that could not be used.
    """

    studies: tuple[str, ...]
    pictures: int
    labeled: int
    outlined: int
    by: str
    unknown: dict[str, int]
    refused: tuple[Unreadable, ...]
    cautions: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A picture of the set that could be read, by its number there."""

    number: int
    slice: Slice


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Where a picture of the set stands in the store."""

    number: int
    series_id: str
    index: int
    slice: Slice


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What is brought where, under which name; `refused` grows."""

    store: Store
    found: PictureSet
    by: str
    limits: Limits
    refused: list[Unreadable]


def bring_labeled_set(
    store: Store,
    given: Path,
    *,
    limits: Limits,
    split: str | None = None,
    progress: Progress = ignore,
) -> Brought:
    """Store the pictures of a folder or CSV file, a study for each patient, with labels and masks.

    Brought again, nothing changes. Nothing is analyzed here.

    Parameters
    ----------
    split
        Only the pictures of this part of the set.

    Raises
    ------
    BadInputError
        If no picture of the set can be read or used.
    """
    found = list_pictures(given, limits=limits)
    by = f"set {found.name}"[:READER_LENGTH].strip()
    work = _Work(store, found, by, limits, list(found.refused))
    cases = _cases(found, split)
    studies, labeled, outlined, pictures = [], 0, 0, 0
    for done, (group, numbers) in enumerate(cases.items(), start=1):
        read = tuple(_readable(work, numbers))
        if read:
            imported = pictures_as_study(
                [one.slice for one in read], key=store.key, patient=f"{found.name}/{group}"
            )
            study_id = save_study(store, imported).study_id
            places = _places(load_study(store, study_id), read)
            labeled += _label(work, study_id, places)
            outlined += _outline(work, study_id, places)
            pictures += len(read)
            studies.append(study_id)
        progress(done / len(cases))
    if not studies:
        raise BadInputError("None of the pictures could be read.", fix="Give PNG or JPEG slices.")
    log.info("brought %d pictures in %d studies", pictures, len(studies))
    return Brought(
        studies=tuple(dict.fromkeys(studies)),
        pictures=pictures,
        labeled=labeled,
        outlined=outlined,
        by=by,
        unknown=_unknown(found, cases),
        refused=tuple(work.refused),
        cautions=(*found.cautions, *((ALONE,) if list(cases) == [""] else ())),
    )


def _cases(found: PictureSet, split: str | None) -> dict[str, list[int]]:
    """Put the numbers of the pictures of a patient together; without patients all are one."""
    wanted = [
        number
        for number, picture in enumerate(found.pictures)
        if split is None or (picture.split or "").lower() == split.lower()
    ]
    if not wanted:
        raise BadInputError(
            f"No picture of the set belongs to '{split}'.", fix="Leave the split out."
        )
    cases: dict[str, list[int]] = {}
    for number in wanted:
        cases.setdefault(found.pictures[number].group or "", []).append(number)
    return cases


def _readable(work: _Work, numbers: Sequence[int]) -> Iterator[_Read]:
    for number in numbers:
        name = work.found.pictures[number].file
        try:
            picture = work.found.read_slice(number, limits=work.limits)
        except BadInputError as error:
            work.refused.append(Unreadable(name, error.problem, error.fix))
        else:
            yield _Read(number, picture)


def _places(stored: ImportedStudy, read: Sequence[_Read]) -> list[_Placed]:
    """Find every picture in the stored study, which may have been brought in another order."""
    free: dict[bytes, list[tuple[str, int]]] = {}
    for series_id, slices in stored.slices.items():
        for index, one in enumerate(slices):
            free.setdefault(_digest(one), []).append((series_id, index))
    return [_Placed(one.number, *free[_digest(one.slice)].pop(0), one.slice) for one in read]


def _digest(one: Slice) -> bytes:
    pixels = np.ascontiguousarray(one.pixels)
    return hashlib.sha256(f"{pixels.dtype}{pixels.shape}".encode() + pixels.tobytes()).digest()


def _label(work: _Work, study_id: str, places: Sequence[_Placed]) -> int:
    labeled = 0
    for place in places:
        label = work.found.pictures[place.number].label
        if label in TUMOR_CLASSES:
            set_label(
                work.store,
                study_id,
                place.series_id,
                slice_index=place.index,
                label=label,
                reader=work.by,
            )
            labeled += 1
    return labeled


def _outline(work: _Work, study_id: str, places: Sequence[_Placed]) -> int:
    drawn = [one for place in places for one in _drawn(work, place)]
    if drawn:
        create_all(work.store, study_id, drawn)
    return len({(one.series_id, one.slice_index) for one in drawn})


def _drawn(work: _Work, place: _Placed) -> Iterator[Annotation]:
    """Draw around what the mask of a picture marks; of one without a tumor nothing is drawn."""
    picture = work.found.pictures[place.number]
    try:
        mask = work.found.read_mask(place.number, limits=work.limits)
    except BadInputError as error:
        work.refused.append(Unreadable(picture.file, f"Its mask: {error.problem}", error.fix))
        return
    if mask is None or picture.label == NO_TUMOR:
        return
    if mask.shape != place.slice.pixels.shape:
        work.refused.append(Unreadable(picture.file, OTHER_SIZE, "Give a mask of its size."))
        return
    grid = slice_grid(slices_of((place.slice,)), 0)
    for outer, *holes in contours_in(mask - 0.5, grid):
        name = f"{place.series_id}/{place.index}/{work.by}/".encode() + outer.tobytes()
        yield Annotation(
            id=hashlib.sha256(name).hexdigest()[:32],
            series_id=place.series_id,
            kind="tumor",
            shape="contour",
            points_mm=outer,
            author=work.by,
            holes_mm=tuple(holes),
            slice_index=place.index,
        )


def _unknown(found: PictureSet, cases: dict[str, list[int]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for numbers in cases.values():
        for number in numbers:
            label = found.pictures[number].label
            if label is not None and label not in TUMOR_CLASSES:
                counts[label] = counts.get(label, 0) + 1
    return counts
