"""Change in a picture what shall not matter, and what shall.

What shall not matter is what readers marked "ignore this". Where nobody did, it is a place of the
same shape as the mark, elsewhere in the head: the sham. It is erased (filled from around it) and
swapped (taken from a slice of another class). An answer that follows is read there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import Tensor
from torch.nn import functional

from neuroscope.explain.healing import filled, mixed
from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.models.classes import NO_TUMOR

Pixels = NDArray[np.uint8]
Cover = NDArray[np.float32]

TISSUE = 12  # gray value of 255 above which a pixel belongs to the head
MOSTLY = 0.9  # of a sham must lie in the head
CELL_BLUR = 0.5  # of a cell: how soft the rim of a sham is


@dataclass(frozen=True, slots=True, eq=False)
class Interventions:
    """Changed pictures of n slices, shape ``(n, size, size)``; where impossible, as they were."""

    erased: Pixels
    swapped: Pixels
    without_mark: Pixels  # what readers marked "look here", erased
    can_erase: NDArray[np.bool_]  # (n,)
    can_swap: NDArray[np.bool_]  # (n,)
    has_mark: NDArray[np.bool_]  # (n,)
    is_sham: NDArray[np.bool_]  # (n,), nothing was marked "ignore this"


def intervened(held_out: Annotated, others: Cases, *, seed: int) -> Interventions:
    """Change every slice; the same seed takes the same pixels from the same slices.

    Parameters
    ----------
    others
        Slices that may give pixels where no held-out slice of another class can.
    """
    images, size = held_out.cases.images, held_out.cases.images.shape[-1]
    marks = (narrowed(held_out.masks.evidence) > 0).float().numpy()  # every place it touches
    ignored = held_out.masks.not_evidence.numpy()
    is_sham = ignored.max((1, 2), initial=0) <= 0
    erased, swapped, without = images.copy(), images.copy(), images.copy()
    can_erase, can_swap, has_mark = np.zeros((3, len(images)), bool)
    for row, image in enumerate(images):
        mark = on_pixels(marks[row], size)
        if mark.max() > 0 and held_out.cases.labels[row] != NO_TUMOR:
            has_mark[row] = True
            without[row] = blended(image, filled(image, mark), mark)
        cover = _sham(marks[row], image) if is_sham[row] else on_pixels(ignored[row], size)
        if cover is None or cover.max() <= 0:
            continue
        can_erase[row] = True
        erased[row] = blended(image, filled(image, cover), cover)
        donor = _donor(row, cover, held_out, others, np.random.default_rng([seed, row]))
        if donor is not None:
            can_swap[row] = True
            swapped[row] = blended(image, donor, cover)
    return Interventions(erased, swapped, without, can_erase, can_swap, has_mark, is_sham)


def narrowed(evidence: Tensor) -> Tensor:
    """Take back the cell by which marks ``(n, h, w)`` were widened."""
    return -functional.max_pool2d(-evidence[:, None], 3, stride=1, padding=1)[:, 0]


def on_pixels(cells: NDArray[np.float32], size: int) -> Cover:
    """Lay cells over the pixels they stand for."""
    step = size // cells.shape[-1]
    return np.repeat(np.repeat(cells, step, 0), step, 1).astype(np.float32)


def blended(image: Pixels, other: NDArray[np.float32] | Pixels, cover: Cover) -> NDArray[np.uint8]:
    """Put another picture where the cover is 1."""
    return np.asarray(np.clip(np.round(mixed(image, other, cover)), 0, 255), np.uint8)


def _sham(mark: NDArray[np.float32], image: Pixels) -> Cover | None:
    """Find a place of the same shape, in the head and off the mark; softened."""
    size = image.shape[-1]
    step = size // mark.shape[-1]
    head = image > TISSUE
    for moved in _turned(mark):
        if mark.max() <= 0 or (moved * mark).sum() > 0:
            continue
        cover = on_pixels(moved, size)
        if float((cover * head).sum()) >= MOSTLY * float(cover.sum()):
            soft: Cover = gaussian_filter(cover, CELL_BLUR * step)
            return soft
    return None


def _turned(mark: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Mirror first (the other side of the head), then turn."""
    yield mark[:, ::-1]
    yield mark[::-1]
    yield mark[::-1, ::-1]
    yield mark.T
    yield mark.T[:, ::-1]
    yield mark.T[::-1]


def _donor(
    row: int, cover: Cover, held_out: Annotated, others: Cases, rng: np.random.Generator
) -> Pixels | None:
    """Draw a slice of another class and patient that shows no marked finding under the cover."""
    label, unit = held_out.cases.labels[row], str(held_out.cases.units[row])
    size = cover.shape[-1]
    beneath = torch.from_numpy(cover)[None, None]
    cells = held_out.masks.evidence.shape[-1]
    touched = functional.adaptive_max_pool2d(beneath, cells)[0, 0] > 0
    free = (held_out.masks.evidence * touched).sum((1, 2)).numpy() == 0
    own = _strangers(held_out.cases, label, unit) & free
    if own.any():
        return np.asarray(held_out.cases.images[rng.choice(np.flatnonzero(own))], np.uint8)
    rest = _strangers(others, label, unit)
    if rest.any() and others.images.shape[-1] == size:
        return np.asarray(others.images[rng.choice(np.flatnonzero(rest))], np.uint8)
    return None


def _strangers(cases: Cases, label: np.int64, unit: str) -> NDArray[np.bool_]:
    return np.asarray((cases.labels != label) & (cases.units.astype(str) != unit))
