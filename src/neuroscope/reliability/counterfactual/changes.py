"""Change one thing in a picture, and make the sham: as large a change at the same place.

Each function gives the changed picture and its sham, or says why there is none. What is expected
of a model stands in `tests.TESTS`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import binary_dilation, gaussian_filter

from neuroscope.explain.healing import healed, mixed, softened
from neuroscope.reliability.audited import Case, Gray
from neuroscope.reliability.counterfactual.shams import sham_place
from neuroscope.reliability.focus.partition import AROUND, brain_width

Mask = NDArray[np.bool_]

MARGIN = 0.015  # of the brain's width: about 3 mm around the tumor
NO_OUTLINE = "No outline of a tumor is known."
NO_PLACE = "There is no second place of this shape in the brain."
CROPPED = 0.05  # of every side
TEXT_HEIGHT = 0.08  # of the picture
TEXT_GRAY = 230.0


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """A picture with one thing changed, and its sham; `tag` is the class that was written in."""

    picture: Gray
    sham: Gray
    tag: str = ""


def tumor_out(case: Case) -> Changed | str:
    """Heal the tumor and 3 mm around it away; the sham heals healthy brain of the same shape."""
    if case.tumor is None or not case.has_tumor:
        return NO_OUTLINE
    region = _widened(case.tumor, MARGIN * brain_width(case.anatomy))
    place = sham_place(region, case.anatomy.brain)
    if place is None:
        return NO_PLACE
    tissue = case.anatomy.brain & ~region & ~place
    return Changed(
        healed(case.pixels, region & case.anatomy.head, tissue=tissue),
        healed(case.pixels, place, tissue=tissue),
    )


def tumor_only(case: Case, *, rest: float) -> Changed | str:
    """Keep the tumor and 10 mm around it, the rest of the head gray; the sham keeps another place.

    Parameters
    ----------
    rest
        Mean gray value of the heads of the set.
    """
    if case.tumor is None or not case.has_tumor:
        return NO_OUTLINE
    kept = _widened(case.tumor, AROUND * brain_width(case.anatomy))
    place = sham_place(kept, case.anatomy.brain)
    if place is None:
        return NO_PLACE
    blank = np.where(case.anatomy.head, np.float32(rest), case.pixels).astype(np.float32)
    return Changed(
        mixed(blank, case.pixels, softened(kept)), mixed(blank, case.pixels, softened(place))
    )


def skull_strip(case: Case) -> Changed | str:
    """Blacken skull and scalp; the sham blurs the same pixels."""
    ring = case.anatomy.head & ~case.anatomy.brain
    if case.has_tumor and case.tumor is not None:
        ring &= ~case.tumor
    if ring.mean() < 0.01:
        return "No skull is seen."
    air = float(np.median(case.pixels[~case.anatomy.head])) if (~case.anatomy.head).any() else 0.0
    blurred = gaussian_filter(case.pixels, 0.02 * max(case.pixels.shape))
    cover = ring.astype(np.float32)
    empty = np.full_like(case.pixels, air)
    return Changed(mixed(case.pixels, empty, cover), mixed(case.pixels, blurred, cover))


def background(case: Case, other: Case, same: Case) -> Changed:
    """Take all that lies outside the head from a picture of another class; sham: of its own.

    Parameters
    ----------
    other, same
        Pictures of other patients, of another class and of the same class.
    """
    return Changed(
        _with_surroundings(case, other), _with_surroundings(case, same), tag=other.label or ""
    )


def border_crop(case: Case, *, share: float = CROPPED) -> Changed:
    """Cut a border off every side; the sham is resampled as much, and cut nowhere."""
    rows, columns = case.pixels.shape
    down, across = max(1, round(share * rows)), max(1, round(share * columns))
    inner = case.pixels[down : rows - down, across : columns - across]
    small = _resized(case.pixels, (rows - 2 * down, columns - 2 * across))
    return Changed(_resized(inner, (rows, columns)), _resized(small, (rows, columns)))


def text_tag(case: Case, *, word: str) -> Changed:
    """Burn the name of another class into a corner; the sham is a gray box of the same size."""
    rows, columns = case.pixels.shape
    letters = written(word, max(8, round(TEXT_HEIGHT * rows)), columns)
    top, left = max(1, rows // 40), max(1, columns // 40)
    letters = letters[: rows - top, : columns - left]
    height, width = letters.shape
    place = (slice(top, top + height), slice(left, left + width))
    tagged, boxed = case.pixels.copy(), case.pixels.copy()
    tagged[place] = mixed(tagged[place], np.full_like(letters, TEXT_GRAY), letters)
    share = np.full_like(letters, float(letters.mean()))
    boxed[place] = mixed(boxed[place], np.full_like(letters, TEXT_GRAY), share)
    return Changed(tagged, boxed, tag=word)


def written(word: str, height: int, most: int) -> Gray:
    """Write a word in letters of a height, as a cover 0..1 no wider than `most` pixels."""
    font = ImageFont.load_default(size=height)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(word.upper()))
    picture = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(picture).text((-left, -top), word.upper(), fill=255, font=font)
    cover = np.asarray(picture, np.float32) / np.float32(255)
    return np.asarray(cover[:, : max(1, most // 2)], np.float32)


def _with_surroundings(case: Case, giver: Case) -> Gray:
    shape = case.pixels.shape
    given = giver.pixels
    hidden = giver.anatomy.head
    if given.shape != shape:
        given = _resized(given, (shape[0], shape[1]))
        hidden = _resized(hidden.astype(np.float32), (shape[0], shape[1])) > 0.5
    taken = ~case.anatomy.head & ~hidden
    empty = ~case.anatomy.head & hidden
    air = float(np.median(given[~hidden])) if (~hidden).any() else 0.0
    return np.where(taken, given, np.where(empty, np.float32(air), case.pixels)).astype(np.float32)


def _resized(plane: Gray, shape: tuple[int, int]) -> Gray:
    picture = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.asarray(picture.resize(shape[::-1], Image.Resampling.BILINEAR), np.float32)


def _widened(region: Mask, pixels: float) -> Mask:
    steps = max(1, round(pixels))
    return np.asarray(binary_dilation(region, iterations=steps))
