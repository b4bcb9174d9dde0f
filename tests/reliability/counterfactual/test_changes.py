"""Every change touches what it names, its sham as much, and nothing else."""

import numpy as np
import pytest
from tests.reliability.counterfactual.conftest import case

from neuroscope.reliability.audited import Case, case_of
from neuroscope.reliability.counterfactual.changes import (
    NO_OUTLINE,
    NO_PLACE,
    Changed,
    background,
    border_crop,
    skull_strip,
    text_tag,
    tumor_only,
    tumor_out,
    written,
)
from neuroscope.reliability.counterfactual.shams import sham_place


def made(found: Changed | str) -> Changed:
    assert isinstance(found, Changed)
    return found


def test_the_tumor_goes_and_stays_under_the_sham(cases: list[Case]) -> None:
    for one in cases[:4]:
        changed = made(tumor_out(one))
        assert one.tumor is not None
        healthy = one.pixels[one.anatomy.brain & ~one.tumor]
        low, high = np.percentile(healthy, (1, 99))
        inside = changed.picture[one.tumor]
        assert ((inside > low - 5) & (inside < high + 5)).mean() > 0.95
        assert np.array_equal(changed.sham[one.tumor], one.pixels[one.tumor])
        assert not np.array_equal(changed.sham, one.pixels)


def test_only_the_tumor_is_left(cases: list[Case]) -> None:
    one = cases[0]
    changed = made(tumor_only(one, rest=77.0))
    assert one.tumor is not None
    assert np.allclose(changed.picture[one.tumor], one.pixels[one.tumor])
    assert np.isclose(changed.sham[one.tumor], 77).mean() > 0.95
    away = one.anatomy.head.copy()
    rows, columns = np.nonzero(one.tumor)
    away[rows.min() - 9 : rows.max() + 10, columns.min() - 9 : columns.max() + 10] = False
    assert np.allclose(changed.picture[away], 77)
    outside = ~one.anatomy.head
    assert np.array_equal(changed.picture[outside], one.pixels[outside])


@pytest.mark.parametrize("change", [tumor_out, lambda c: tumor_only(c, rest=0.0)])
def test_without_an_outline_it_says_so(change: object, cases: list[Case]) -> None:
    bare = case_of("x.png", cases[0].pixels, label="glioma", patient="p")
    assert change(bare) == NO_OUTLINE  # type: ignore[operator]


def test_a_tumor_that_fills_the_brain_has_no_second_place(cases: list[Case]) -> None:
    one = cases[0]
    full = case_of(
        "x.png", one.pixels, label="glioma", patient="p", tumor=one.anatomy.brain.copy(),
        tumor_from="reader",
    )  # fmt: skip
    assert tumor_out(full) == NO_PLACE


def test_surroundings_change_and_the_head_does_not(cases: list[Case]) -> None:
    own, other, same = cases[0], cases[1], cases[2]
    changed = background(own, other, same)
    head = own.anatomy.head
    for picture in (changed.picture, changed.sham):
        assert np.array_equal(picture[head], own.pixels[head])
    assert changed.picture[2, 2] == other.pixels[2, 2] == 20
    assert changed.sham[2, 2] == same.pixels[2, 2] == 90
    assert changed.tag == "meningioma"


def test_a_giver_of_another_size_is_resized(cases: list[Case]) -> None:
    small = case_of("s.png", cases[1].pixels[:48, :56], label="meningioma", patient="q")
    assert background(cases[0], small, cases[2]).picture.shape == cases[0].pixels.shape


def test_a_word_and_a_box_take_the_same_place_and_brightness(cases: list[Case]) -> None:
    one = cases[0]
    changed = text_tag(one, word="notumor")
    touched = changed.picture != one.pixels
    boxed = changed.sham != one.pixels
    assert (touched & ~boxed).sum() == 0
    rows, columns = np.nonzero(boxed)
    assert rows.max() < 16
    assert columns.max() < 48
    assert changed.picture.mean() == pytest.approx(changed.sham.mean(), abs=0.3)
    assert changed.tag == "notumor"


def test_letters_are_as_wide_as_the_word() -> None:
    assert written("glioma", 12, 400).shape[1] < written("meningioma", 12, 400).shape[1]
    assert written("meningioma", 40, 60).shape[1] == 30


def test_the_border_is_cut_and_the_sham_keeps_it(cases: list[Case]) -> None:
    one = cases[0]
    marked = one.with_pixels(np.where(np.arange(64) < 3, 255, one.pixels).astype(np.float32))
    changed = border_crop(marked)
    assert changed.picture.shape == changed.sham.shape == one.pixels.shape
    assert changed.picture[30, 0] < 100
    assert changed.sham[30, 0] > 200


def test_the_skull_goes_where_one_is_seen(cases: list[Case]) -> None:
    rows, columns = np.mgrid[:96, :96].astype(np.float32)
    radius = np.hypot((columns - 48) / 36, (rows - 47) / 38)
    image = np.where(radius < 0.78, 110.0, np.where(radius < 1, 50.0, 0.0))
    image = np.where((radius >= 0.9) & (radius < 1), 220.0, image)
    one = case_of("h.png", image.astype(np.uint8), label="notumor", patient="p")
    changed = made(skull_strip(one))
    ring = one.anatomy.head & ~one.anatomy.brain
    assert changed.picture[ring].max() < 1
    assert changed.sham[ring].mean() > 40
    assert np.array_equal(changed.picture[one.anatomy.brain], one.pixels[one.anatomy.brain])


def test_shams_match_in_size_and_stay_off_the_tumor() -> None:
    one = case(3)
    assert one.tumor is not None
    place = sham_place(one.tumor, one.anatomy.brain)
    assert place is not None
    assert place.sum() == pytest.approx(one.tumor.sum(), rel=0.05)
    assert not (place & one.tumor).any()
    assert (place & one.anatomy.brain).sum() >= 0.95 * place.sum()
    mirrored = np.abs(np.nonzero(place)[1].mean() + np.nonzero(one.tumor)[1].mean() - 2 * 33)
    assert mirrored < 3  # on the other side, as deep
    assert sham_place(np.zeros_like(place), one.anatomy.brain) is None
