"""From what readers drew to marks on the picture that the network sees.

Several marks of one kind count as their union. Marks that contradict each other ("evidence" over
"not evidence") are noticed: a reader who contradicts herself is asked to mend it, two readers who
disagree are only told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.preprocess.drawn import covered, slice_coverage, voxel_mask
from neuroscope.records.annotation import PLAIN_AFFINE, Annotation
from neuroscope.records.slicegrid import SliceGrid, lies_in, on_slice
from neuroscope.records.volume import Volume

Kind = Literal["evidence", "not_evidence", "tumor"]
WANTED: tuple[Kind, ...] = ("evidence", "tumor")

FINER = 4  # shapes that meet are united on pixels this much smaller
REFUSED_OVERLAP = 0.10  # of the smaller mark: more is no slip of the hand
NOT_SEEN = "A mark lies outside what the network sees of the picture."


@dataclass(frozen=True, slots=True, eq=False)
class SliceMarks:
    """What readers marked on one slice, on the pixels the network sees.

    Attributes
    ----------
    evidence, not_evidence, tumor
        Share of every pixel that is covered, `(rows, columns)` in 0..1; zeros where none was drawn.
    only_this
        Somebody ticked "nothing else matters".
    """

    evidence: NDArray[np.float32]
    not_evidence: NDArray[np.float32]
    tumor: NDArray[np.float32]
    only_this: bool = False
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two annotations that say the opposite of the same place.

    Attributes
    ----------
    share
        Of the smaller of the two that both cover.
    overlap_mm2
        In pictures without a place, pixels.
    """

    wanted_id: str
    refused_id: str
    overlap_mm2: float
    share: float
    same_author: bool


def marks_on_slice(
    annotations: Iterable[Annotation],
    shown: SliceGrid,
    *,
    seen: SliceGrid | None = None,
    volume: Volume | None = None,
) -> SliceMarks:
    """Draw all annotations of one slice.

    Parameters
    ----------
    annotations
        Of the series; notes, deleted ones and those on other slices are passed over.
    shown
        The slice as displayed (`preprocess/slice_grid.py`).
    seen
        What the network sees of it: `shown.within(prepared.to_pixels, prepared.image.shape)`. The
        slice as displayed when absent.
    volume
        The series; needed for annotations drawn in another of its planes.

    Raises
    ------
    BadInputError
        If a mark lies outside the picture, or a reader contradicts herself
        (`check_contradictions`).
    GeometryMismatchError
        If an annotation belongs to other images, or to another plane and `volume` is absent.
    """
    laid = [
        in_plane(annotation, shown, volume)
        for annotation in annotations
        if not annotation.deleted and annotation.kind != "note" and on_slice(annotation, shown)
    ]
    # The box of a mask may reach a slice on which it marks nothing.
    here = tuple(mark for mark in laid if mark.shape != "mask" or covered(mark, shown).any())
    cautions = [caution for mark in here for caution in slice_coverage(mark, shown).cautions]
    cautions += check_contradictions(here, shown)
    target = seen or shown
    if any(not covered(mark, target).any() for mark in here):
        cautions.append(NOT_SEEN)
    return SliceMarks(
        evidence=_union(_of(here, "evidence"), target),
        not_evidence=_union(_of(here, "not_evidence"), target),
        tumor=_union(_of(here, "tumor"), target),
        only_this=any(mark.only_this for mark in here),
        cautions=tuple(dict.fromkeys(cautions)),
    )


def in_plane(annotation: Annotation, grid: SliceGrid, volume: Volume | None) -> Annotation:
    """Turn an annotation that was drawn in another plane of the volume into its voxels."""
    if volume is None or annotation.shape == "mask" or lies_in(annotation, grid):
        return annotation
    return voxel_mask(annotation, volume)


def contradictions(annotations: Sequence[Annotation], grid: SliceGrid) -> tuple[Contradiction, ...]:
    """Find "look here" (evidence, tumor) that overlaps "ignore this" on one slice.

    Notes
    -----
    What two shapes surely share of a pixel is `max(0, a + b - 1)`: shapes that merely meet in it
    share nothing. The area is therefore never too large; it falls short only at rims that cross, in
    pixels a quarter as wide as those on the screen.
    """
    fine = grid.refined(FINER)
    wanted = [mark for kind in WANTED for mark in _of(annotations, kind)]
    refused = _of(annotations, "not_evidence")
    if not wanted or not refused:
        return ()
    cover = {id(mark): covered(mark, fine) for mark in (*wanted, *refused)}
    found = []
    for one, other in product(wanted, refused):
        a, b = cover[id(one)], cover[id(other)]
        both = float(np.maximum(a + b - 1, 0).sum())
        smaller = min(float(a.sum()), float(b.sum()))
        if both * fine.pixel_area_mm2 > 1e-6:
            found.append(
                Contradiction(
                    one.id, other.id, both * fine.pixel_area_mm2, both / smaller,
                    one.author == other.author,
                )
            )  # fmt: skip
    return tuple(found)


def check_contradictions(annotations: Sequence[Annotation], grid: SliceGrid) -> tuple[str, ...]:
    """Refuse a reader's marks that contradict each other; tell of small or shared overlaps.

    Up to 10 % of the smaller mark may overlap: the rim of a brush. There, and where two readers
    disagree, "look here" wins in training.

    Raises
    ------
    BadInputError
        Beyond that, for two marks of one reader.
    """
    cautions = []
    for found in contradictions(annotations, grid):
        unit = "pixels" if np.array_equal(grid.affine, PLAIN_AFFINE) else "mm2"
        area = f"{found.overlap_mm2:.1f} {unit} ({100 * found.share:.0f} % of the smaller mark)"
        if found.same_author and found.share > REFUSED_OVERLAP:
            raise BadInputError(
                f"On {grid.name!r} one place is marked as evidence and as no evidence: {area}.",
                fix="Erase one of the two marks where they overlap.",
            )
        whose = "Marks of one reader" if found.same_author else "Marks of two readers"
        cautions.append(
            f"{whose} contradict each other on {grid.name!r}: {area}; it counts as evidence."
        )
    return tuple(cautions)


def _of(annotations: Iterable[Annotation], kind: Kind) -> tuple[Annotation, ...]:
    return tuple(annotation for annotation in annotations if annotation.kind == kind)


def _union(annotations: Sequence[Annotation], grid: SliceGrid) -> NDArray[np.float32]:
    if not annotations:
        return np.zeros(grid.shape, np.float32)
    if len(annotations) == 1:
        return covered(annotations[0], grid).astype(np.float32)
    fine = grid.refined(FINER)
    most = np.max([covered(annotation, fine) for annotation in annotations], axis=0)
    rows, columns = grid.shape
    blocks = most.reshape(rows, FINER, columns, FINER)
    return np.asarray(blocks.mean((1, 3)), np.float32)
