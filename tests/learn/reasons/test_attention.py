"""Suspicion of attention on evidence that was put where it lies."""

import numpy as np
import pytest

from neuroscope.errors import GeometryMismatchError
from neuroscope.explain.location import locate
from neuroscope.learn.reasons.attention import FEW, Attention, suspicion_of
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR

SIDE, CELLS = 40, 10
MENINGIOMA = CLASS_NAMES.index("meningioma")


def attention_of(maps, heads, outlines=None) -> Attention:
    return suspicion_of(locate(maps, heads, outlines), maps.sum((2, 3)).argmax(1))


def heads(n) -> np.ndarray:
    inside = np.zeros((n, SIDE, SIDE), bool)
    inside[:, 8:36, 4:24] = True  # cells 2 to 8 down, 1 to 5 across
    return inside


def evidence(*places, answer=MENINGIOMA) -> np.ndarray:
    """Contributions `(classes, cells, cells)` of 1 at each place, centered over the classes."""
    found = np.full((4, CELLS, CELLS), 0.0)
    for row, column in places:
        found[:, row, column] = -1 / 3
        found[answer, row, column] = 1
    return found


def test_evidence_outside_the_head_is_counted():
    maps = np.stack([evidence((3, 2), (7, 5)), evidence((3, 2), (2, 7)), evidence((0, 0), (9, 9))])
    found = attention_of(maps, heads(3))
    assert found.outside == pytest.approx([0, 0.5, 1])
    assert not found.outlined.any()


def test_scatter_runs_from_one_place_to_all():
    everywhere = evidence(*np.ndindex(CELLS, CELLS))
    found = attention_of(np.stack([evidence((3, 2)), everywhere]), heads(2))
    assert found.scatter == pytest.approx([0, 1])


def test_an_outline_counts_where_it_is_known_with_a_cell_around_it():
    outlines = np.zeros((2, SIDE, SIDE), bool)
    outlines[0, 12:16, 8:12] = True  # cell (3, 2)
    maps = np.stack([evidence((3, 2), (4, 3), (6, 5)), evidence((3, 2), (4, 3), (6, 5))])
    found = attention_of(maps, heads(2), outlines)
    assert found.outlined.tolist() == [True, False]
    assert found.outside == pytest.approx([1 / 3, 0])
    assert found.suspicion[0] == pytest.approx(1 / 3)


def test_ranks_are_among_answers_of_the_same_class():
    worst = evidence((0, 0), (9, 9), (9, 0))
    others = [evidence((3, 2), *[(4, 2)] * (n % 2)) for n in range(FEW)]
    glioma = [evidence((0, 9), (9, 0), answer=0) for _ in range(FEW)]
    found = attention_of(np.stack([worst, *others, *glioma]), heads(1 + 2 * FEW))
    assert found.suspicion[0] == 1
    assert found.suspicion[1 : 1 + FEW].max() < 1
    assert np.ptp(found.suspicion[1 + FEW :]) == 0  # all alike: none stands out


def test_few_answers_and_answers_of_no_tumor_are_never_suspicious():
    few = np.stack([evidence((0, 0))] * (FEW - 1))
    assert attention_of(few, heads(FEW - 1)).suspicion.max() == 0
    none = np.stack([evidence((n % CELLS, 0), answer=NO_TUMOR) for n in range(2 * FEW)])
    outlines = np.zeros((2 * FEW, SIDE, SIDE), bool)
    outlines[0, 20:24, 20:24] = True
    assert attention_of(none, heads(2 * FEW), outlines).suspicion.max() == 0


def test_no_evidence_is_no_suspicion():
    found = attention_of(np.zeros((1, 4, CELLS, CELLS)), heads(1))
    assert (found.outside[0], found.scatter[0], found.suspicion[0]) == (0, 0, 0)


def test_pixels_must_fall_into_cells():
    with pytest.raises(GeometryMismatchError):
        attention_of(np.zeros((1, 4, 9, 9)), heads(1))
