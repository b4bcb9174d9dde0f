"""Find head, brain and burned-in text on a plain picture, by its gray values alone.

A plain picture has no brain mask. The brain is taken for the large part of the head that is about
as bright as the middle of it, cut off from the scalp by the dark skull. That is a guess: where the
skull is not seen (pictures without it, low or slanted planes) it says so.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.preprocess.morphology import filled, grown_by_disk
from neuroscope.preprocess.slice_input import find_head
from neuroscope.reliability.dataset.quality import LETTERS, letters_on

Mask = NDArray[np.bool_]
Gray = NDArray[np.float32]
BrainFrom = Literal["gray values", "depth", "whole head"]

WORKED_AT = 128  # pixels of the longer side on which the brain is searched
DEEP = 0.45  # of the largest depth: surely inside the brain
DARK = 0.5  # of the middle's gray value: skull and air are darker
BRIDGE = 0.025  # of the head's width: what is thinner ties brain to scalp
SKULL = 0.09  # of the head's width that scalp and skull take where they are not seen
PLAUSIBLE = (0.30, 0.90)  # share of the head that a brain within a skull takes
BARE = 0.97  # of the head's rim as bright as the brain: the skull was removed before


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """Parts of one picture; masks have its shape.

    Attributes
    ----------
    head
        Everything that is no air; all False for a flat picture.
    brain
        Within the head.
    text
        Boxes around letters beside the head.
    brain_from
        How the brain was found: ``depth`` means that it is the head without a rim of usual width.
    """

    head: Mask
    brain: Mask
    text: Mask
    brain_from: BrainFrom


def anatomy_of(gray: Gray) -> Anatomy:
    """Look at one picture of gray values 0..255, shape ``(rows, columns)``."""
    head = find_head(gray)
    if not head.any():
        nothing = np.zeros(gray.shape, np.bool_)
        return Anatomy(head, nothing, text_boxes(gray, head), "whole head")
    brain, how = _brain(gray, head)
    return Anatomy(head, brain, text_boxes(gray, head), how)


def text_boxes(gray: Gray, head: Mask) -> Mask:
    """Box the letters beside the head; none where there are fewer than a word has."""
    things = letters_on(gray, head)
    labels, number = ndimage.label(things)
    boxes = np.zeros(gray.shape, np.bool_)
    if number >= LETTERS:
        for rows, columns in ndimage.find_objects(labels):
            boxes[rows, columns] = True
    return boxes & ~head


def _brain(gray: Gray, head: Mask) -> tuple[Mask, BrainFrom]:
    step = max(1, round(max(gray.shape) / WORKED_AT))
    small = ndimage.gaussian_filter(gray, step / 2, mode="nearest")[::step, ::step]
    inside = head[::step, ::step]
    depth = _depth(inside)
    if depth.max() < 3:
        return head.copy(), "whole head"
    middle = depth > DEEP * depth.max()
    typical = float(np.median(small[middle]))
    tissue = inside & (small > DARK * typical)
    width = 2 * float(depth.max())
    if _is_bare(small, depth, typical):
        return head.copy(), "whole head"
    found = _inside_skull(small, tissue, depth, max(1, round(BRIDGE * width)))
    share = found.sum() / max(inside.sum(), 1)
    if PLAUSIBLE[0] <= share <= PLAUSIBLE[1]:
        return _enlarged(found, step, gray.shape) & head, "gray values"
    return _enlarged(depth > SKULL * width, step, gray.shape) & head, "depth"


def _is_bare(small: Gray, depth: NDArray[np.float64], typical: float) -> bool:
    """Tell whether brightness grows inwards without a dark ring: nothing but brain is there."""
    reach = max(3, round(0.25 * depth.max()))
    rings = [small[(depth > n) & (depth <= n + 1)] for n in range(reach)]
    profile = np.array([np.median(ring) for ring in rings if ring.size])
    peak = np.maximum.accumulate(profile)
    return bool((profile >= BARE * peak - 0.05 * typical).all())


def _inside_skull(small: Gray, tissue: Mask, depth: NDArray[np.float64], radius: int) -> Mask:
    """Flood from the middle and from the scalp: they meet on the dark skull."""
    markers = np.zeros(small.shape, np.int16)
    markers[depth <= 1] = 1
    markers[depth > DEEP * depth.max()] = 2
    bright = np.clip(small / max(float(small[depth > 0].max()), 1e-6), 0, 1)
    flooded = ndimage.watershed_ift(np.round(65535 * (1 - bright)).astype(np.uint16), markers)
    parts, number = ndimage.label(_eroded((flooded == 2) & tissue, radius))
    if number == 0:
        return np.zeros(small.shape, np.bool_)
    votes = np.bincount(parts[markers == 2], minlength=number + 1)
    votes[0] = 0
    whole = np.pad(grown_by_disk(parts == votes.argmax(), radius + 1), 3 * radius)
    closed = _eroded(grown_by_disk(whole, 3 * radius), 3 * radius)
    inner = slice(3 * radius, -3 * radius)
    return filled(closed[inner, inner]) & (depth > 0)


def _depth(mask: Mask) -> NDArray[np.float64]:
    return np.asarray(ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1], np.float64)


def _eroded(mask: Mask, radius: int) -> Mask:
    """Keep what lies deeper than `radius`; the picture ends in air."""
    return ~grown_by_disk(~np.pad(mask, 1), radius)[1:-1, 1:-1]


def _enlarged(small: Mask, step: int, shape: tuple[int, ...]) -> Mask:
    whole = np.repeat(np.repeat(small, step, 0), step, 1)
    return np.asarray(whole[: shape[0], : shape[1]])
