"""Replace the tumor of one slice by plausible tissue, and see how far the answer falls.

The fall counts only beyond what the replacing itself causes: regions of the same shape elsewhere in
the tissue are replaced in the same way (shams).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation
from torch import nn

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.explain.attribution.asking import at_rest, scores
from neuroscope.explain.attribution.question import Question
from neuroscope.explain.healing import healed
from neuroscope.records.replaced import Replaced

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]

SHAMS = 8
TRIES = 400
INSIDE = 0.95  # of a sham must be tissue
APART = 3  # pixels between a sham and the tumor


@dataclass(frozen=True, slots=True, eq=False)
class TumorOut:
    """What replacing a part of a slice does to the score of one class.

    Attributes
    ----------
    scores
        The centered logit with the part and without it, and for the shams.
    without
        The slice without the part, shape `(rows, columns)`.
    sham
        The slice with the sham whose fall is in the middle replaced; None where no place was free.
    """

    scores: Replaced
    without: Floats
    sham: Floats | None


def tumor_out(
    network: nn.Module, question: Question, tumor: Mask, *, tissue: Mask | None = None
) -> TumorOut:
    """Heal the tumor away, and as many shams as fit, up to eight.

    Parameters
    ----------
    tumor
        Shape of the image.
    tissue
        From where tissue may be taken; None takes the head. The tumor is never taken.

    Raises
    ------
    BadInputError
        If the mask is empty.
    GeometryMismatchError
        If a mask has another shape.
    """
    allowed = question.where_head if tissue is None else tissue
    if not tumor.shape == allowed.shape == question.image.shape:
        raise GeometryMismatchError(
            f"The tumor has shape {tumor.shape}, the slice {question.image.shape}.",
            fix="Give the mask on the pixels of the prepared slice.",
        )
    if not tumor.any():
        raise BadInputError(
            "The mask of the tumor is empty in this slice.", fix="Choose a slice that shows it."
        )
    healthy = allowed & ~tumor
    without = _kept_in_head(healed(question.image, tumor, tissue=healthy), question)
    shams = [
        _kept_in_head(healed(question.image, sham, tissue=healthy & ~sham), question)
        for sham in sham_regions(tumor, healthy, seed=question.seed)
    ]
    with at_rest(network):
        before, after, *others = scores(
            network, np.stack([question.image, without, *shams]), question.target
        )
    drops = tuple(float(before - other) for other in others)
    return TumorOut(
        Replaced(float(before), float(after), drops),
        without,
        shams[_middle(drops)] if shams else None,
    )


def _middle(drops: tuple[float, ...]) -> int:
    return int(np.argsort(drops, kind="stable")[(len(drops) - 1) // 2])


def sham_regions(
    region: Mask, tissue: Mask, *, number: int = SHAMS, seed: int = 0
) -> tuple[Mask, ...]:
    """Move a region, as it is or mirrored, to random other places of the tissue.

    Parameters
    ----------
    tissue
        Where a sham may lie, without the region itself.

    Returns
    -------
    tuple[Mask, ...]
        At most `number`, of the size of the region, none touching it; fewer where it is crowded.
    """
    rng = np.random.default_rng(seed)
    near = binary_dilation(region, iterations=APART)
    places = np.argwhere(tissue)
    rows, columns = np.nonzero(region)
    found: list[Mask] = []
    for _ in range(TRIES if len(places) else 0):
        middle = places[rng.integers(len(places))]
        across = -columns if rng.random() < 0.5 else columns
        at = np.stack([rows, across], 1)
        at += np.rint(middle - at.mean(0)).astype(int)
        if (at < 0).any() or (at >= region.shape).any():
            continue
        sham = np.zeros(region.shape, bool)
        sham[at[:, 0], at[:, 1]] = True
        if not (sham & near).any() and tissue[sham].mean() >= INSIDE:
            found.append(sham)
        if len(found) == number:
            break
    return tuple(found)


def _kept_in_head(image: Floats, question: Question) -> Floats:
    return np.asarray(np.clip(np.where(question.where_head, image, 0), 0, 1), np.float32)
