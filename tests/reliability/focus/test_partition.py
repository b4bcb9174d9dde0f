"""A hand-drawn picture of 8 x 8 pixels is divided as drawn."""

import numpy as np
import pytest

from neuroscope.errors import GeometryMismatchError
from neuroscope.records.focus import REGIONS
from neuroscope.reliability.focus.anatomy import Anatomy
from neuroscope.reliability.focus.partition import border_of, partition

LETTERS = {
    "T": "tumor",
    "p": "peritumoral",
    "b": "brain",
    "s": "skull",
    "o": "border",
    ".": "background",
    "x": "text",
}

DRAWN = """
oooooooo
oxx....o
o.sssssx
o.sbbpso
o.sbpTpo
o.sbbpso
o.ssssso
oooooooo
"""


def drawn(picture: str) -> np.ndarray:
    """Read a picture of letters as numbers of regions."""
    rows = picture.split()
    return np.array([[REGIONS.index(LETTERS[c]) for c in row] for row in rows], np.uint8)


def masks() -> tuple[Anatomy, np.ndarray]:
    head, brain, text, tumor = np.zeros((4, 8, 8), bool)
    head[2:7, 2:8] = True
    brain[3:6, 3:6] = True
    brain[4, 6] = True
    text[1, 1:3] = text[2, 7] = True
    tumor[4, 5] = True
    return Anatomy(head, brain, text, "gray values"), tumor


def test_every_pixel_gets_the_region_it_was_drawn_in() -> None:
    anatomy, tumor = masks()
    regions = partition(anatomy, tumor, spacing_mm=10.0)  # peritumoral reaches one pixel
    assert np.array_equal(regions, drawn(DRAWN))


def test_without_an_outline_no_pixel_is_tumor_or_near_it() -> None:
    anatomy, tumor = masks()
    known = partition(anatomy, tumor, spacing_mm=10.0)
    unknown = partition(anatomy, None)
    assert set(np.unique(unknown)) == set(np.unique(known)) - {0, 1}
    assert (unknown[np.isin(known, (0, 1))] == REGIONS.index("brain")).all()


def test_surroundings_reach_a_twentieth_of_the_brain_without_millimeters() -> None:
    brain = np.zeros((80, 80), bool)
    brain[10:70, 10:70] = True  # 60 pixels wide: 3 pixels
    tumor = np.zeros_like(brain)
    tumor[40, 40] = True
    regions = partition(Anatomy(brain, brain, np.zeros_like(brain), "whole head"), tumor)
    row = regions[40] == REGIONS.index("peritumoral")
    assert np.flatnonzero(row).tolist() == [37, 38, 39, 41, 42, 43]


def test_a_mask_on_another_grid_is_refused() -> None:
    anatomy, tumor = masks()
    with pytest.raises(GeometryMismatchError, match=r"\(4, 8\)"):
        partition(anatomy, tumor[:4])


@pytest.mark.parametrize(("side", "width"), [(8, 1), (100, 4), (250, 10)])
def test_the_border_takes_four_percent_of_every_side(side: int, width: int) -> None:
    inner = side - 2 * width
    assert border_of((side, side)).sum() == side * side - inner * inner
