"""Flag pictures that a reader should look at before anybody learns from them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.preprocess.morphology import grown_by_square, shrunk_by_square
from neuroscope.records.dataaudit import Kind

SMALLEST_SIDE = 64  # pixels; less shows no tumor
FLAT = 3.0  # of 255, standard deviation of a picture that shows nothing
NO_HEAD = 0.02  # share of the picture
BLURRED = 0.06  # share of the spread within the head that is left in the finest detail
TEXT = 0.45  # share of strong edges in a small thing beside the head that is text
SMALLEST_TEXT, LARGEST_TEXT = 6, 0.03  # pixels of a thing; share of the picture
LETTERS = 3  # things of the kind, to be called text
EDGE = 60.0  # gray values between neighbors, as letters have
LIT = 48.0
REACH = 4  # pixels that a blur of one pixel reaches
AIR = 0.02  # share of the longer side that text keeps from the head


def flags_of(gray: NDArray[np.float32], head: NDArray[np.bool_]) -> Iterator[tuple[Kind, float]]:
    """Judge one picture of gray values 0..255.

    Yields
    ------
    tuple[Kind, float]
        What is wrong, and the number that was judged.
    """
    if min(gray.shape) < SMALLEST_SIDE:
        yield "tiny", float(min(gray.shape))
    spread = float(gray.std())
    if spread < FLAT:
        yield "flat", spread
        return
    if head.mean() < NO_HEAD:
        yield "no head", float(head.mean())
        return
    sharpness = sharpness_of(gray, head)
    if sharpness < BLURRED:
        yield "blurred", sharpness
    letters = letters_beside(gray, head)
    if letters >= LETTERS:
        yield "text beside the head", float(letters)


def sharpness_of(gray: NDArray[np.float32], head: NDArray[np.bool_]) -> float:
    """Give the share of the spread inside the head that lies in the finest detail.

    The detail is what a blur of one pixel takes away, on a picture of about 224 pixels a side, so
    that a large picture does not count as blurred.
    """
    step = max(1, round(max(gray.shape) / 224))
    small = gray[::step, ::step]
    inside = shrunk_by_square(head[::step, ::step], 4)
    if inside.sum() < 100:
        return 1.0
    part = tuple(
        slice(max(0, int(at[0]) - REACH), int(at[-1]) + REACH + 1)
        for at in (np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0)))
    )
    small, inside = small[part], inside[part]
    fine = small - ndimage.gaussian_filter(small, 1.0, mode="nearest")
    return float(fine[inside].std() / max(float(small[inside].std()), 1e-3))


def letters_beside(gray: NDArray[np.float32], head: NDArray[np.bool_]) -> int:
    """Count small bright things with hard edges outside the head, a little away from it."""
    return int(ndimage.label(letters_on(gray, head))[1])


def letters_on(gray: NDArray[np.float32], head: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark what `letters_beside` counts, shape of the picture."""
    air = max(2, round(AIR * max(gray.shape)))
    lit = (gray > LIT) & ~grown_by_square(head, air)
    if not lit.any():
        return lit
    things, number = ndimage.label(lit)
    sizes = np.bincount(things.ravel(), minlength=number + 1)[1:]
    down = np.abs(np.diff(gray, axis=0, prepend=gray[:1]))
    across = np.abs(np.diff(gray, axis=1, prepend=gray[:, :1]))
    hard = np.bincount(things.ravel(), np.maximum(down, across).ravel() > EDGE, number + 1)[1:]
    boxes = ndimage.find_objects(things)
    compact = np.array(
        [max(s.stop - s.start for s in box) < 0.1 * max(gray.shape) for box in boxes], np.bool_
    )
    fits = (sizes >= SMALLEST_TEXT) & (sizes <= LARGEST_TEXT * gray.size) & compact
    return np.asarray(np.isin(things, np.flatnonzero(fits & (hard / sizes >= TEXT)) + 1))
