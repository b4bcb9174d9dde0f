"""What shall not matter is changed, and nothing else."""

import numpy as np
import torch

from neuroscope.explain.healing import filled
from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.cells import cell_masks
from neuroscope.learn.reasons.interventions import intervened, narrowed, on_pixels

SIDE, CELLS = 32, 8


def head(tumor: tuple[slice, slice], gray: int = 100) -> np.ndarray:
    image = np.full((SIDE, SIDE), gray, np.uint8)
    image[tumor] = 220
    return image


def marked(*, ignored: bool) -> Annotated:
    """Two patients of two classes; tumors at the left and in the middle, tags in another corner."""
    places = [(slice(8, 16), slice(4, 12)), (slice(12, 20), slice(16, 24))]
    evidence, refused = torch.zeros(2, 2, SIDE, SIDE)
    for plane, place in zip(evidence, places, strict=True):
        plane[place] = 1
    if ignored:
        refused[:, 24:, :8] = 1
    images = np.stack([head(places[0], 100), head(places[1], 140)])
    cases = Cases(images, np.array([0, 1]), np.array(["a", "b"]))
    return Annotated(cases, cell_masks(evidence, refused, cells=CELLS))


def others(n: int = 0) -> Cases:
    images = np.full((n, SIDE, SIDE), 9, np.uint8)
    return Cases(images, np.full(n, 3), np.array([f"o{i}" for i in range(n)]))


def test_marks_are_narrowed_to_what_was_drawn():
    found = marked(ignored=False)
    drawn = torch.zeros(CELLS, CELLS)
    drawn[3:5, 4:6] = 1
    assert torch.equal(narrowed(found.masks.evidence)[1], drawn)


def test_what_is_ignored_is_swapped_with_another_class_and_the_rest_stays():
    found = marked(ignored=True)
    changed = intervened(found, others(), seed=0)
    tag = np.zeros((SIDE, SIDE), bool)
    tag[24:, :8] = True
    assert not changed.is_sham.any()
    assert changed.can_swap.all()
    assert (changed.swapped[0][tag] == 140).all()
    assert (changed.swapped[1][tag] == 100).all()
    for before, after in zip(found.cases.images, changed.swapped, strict=True):
        assert np.array_equal(before[~tag], after[~tag])
    assert (changed.erased[0][tag] == 100).all()


def test_without_ignored_marks_a_like_place_in_the_head_is_changed():
    found = marked(ignored=False)
    changed = intervened(found.select(np.array([0])), others(1), seed=0)
    assert changed.is_sham.all()
    assert changed.can_erase.all()
    touched = changed.swapped[0] != found.cases.images[0]
    assert not touched[8:16, 4:12].any()
    assert touched[9:15, 21:27].all(), "the mirror image of the mark"


def test_erasing_the_mark_leaves_no_trace_of_the_tumor():
    found = marked(ignored=False)
    changed = intervened(found, others(), seed=0)
    assert changed.has_mark.all()
    assert (changed.without_mark[0][8:16, 4:12] == 100).all()
    assert np.array_equal(changed.without_mark[0][16:], found.cases.images[0][16:])


def test_air_is_no_sham():
    found = marked(ignored=False)
    dark = found.cases.images.copy()
    dark[:, :, 12:] = 0
    dark[:, :8], dark[:, 16:] = 0, 0
    bare = Annotated(Cases(dark, found.cases.labels, found.cases.units), found.masks)
    changed = intervened(bare, others(), seed=0)
    assert not changed.can_erase[0]
    assert np.array_equal(changed.erased[0], dark[0])


def test_a_slice_is_never_swapped_with_its_own_patient_or_class():
    found = marked(ignored=True)
    alone = found.select(np.array([0]))
    assert not intervened(alone, others(), seed=0).can_swap.any()
    given = intervened(alone, others(3), seed=0)
    assert given.can_swap.all()
    assert (given.swapped[0][24:, :8] == 9).all()


def test_a_filling_comes_from_around():
    image = np.full((SIDE, SIDE), 50, np.uint8)
    image[10:14, 10:14] = 250
    cover = on_pixels(np.zeros((CELLS, CELLS), np.float32), SIDE)
    cover[10:14, 10:14] = 1
    assert np.allclose(filled(image, cover), 50, atol=1e-3)
