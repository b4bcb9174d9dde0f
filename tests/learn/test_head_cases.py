"""Heads for the brain extractor: pictures and brain lie on each other, and are made once."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from neuroscope.learn import head_cases
from neuroscope.learn.head_cases import (
    CONTRASTS,
    NAME,
    STEPS,
    WHOLE,
    Head,
    drawn_head,
    made_heads,
    read_head,
)
from neuroscope.learn.train_brain import BrainConfig
from neuroscope.models.brain_extractor import BRIGHTEST
from neuroscope.phantom.case import make_case
from neuroscope.phantom.lesions.kinds import KINDS
from neuroscope.records.volume import Volume


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Head:
    """Head 1 as training reads it, made by a worker process and stored."""
    (path,) = made_heads(range(1, 2), cache=tmp_path_factory.mktemp("heads"))
    assert [file.name for file in path.parent.iterdir()] == ["head-000001.npz"]
    return read_head(path)


def test_the_brain_fills_the_skull_in_every_picture(made):
    assert made.images.shape == (len(CONTRASTS), *made.share.shape)
    assert all(side % 16 == 0 for side in made.share.shape)
    liters = made.brain.sum() * 0.027 / 1000
    assert 1.0 < liters < 2.0
    assert ndimage.label(made.brain)[1] == 1
    ct = made.images[CONTRASTS.index("ct")]
    near = ndimage.binary_dilation(made.brain, iterations=4)
    skull = near & ~ndimage.binary_dilation(made.brain, iterations=1)
    assert np.median(ct[skull]) > np.median(ct[made.brain]) + 0.3 * STEPS, "bone is bright"
    air = ~ndimage.binary_dilation(made.brain, iterations=20)
    for picture in made.images:
        assert np.median(picture[air]) < 0.2 * STEPS
        assert np.median(picture[made.brain]) > 0.2 * STEPS


def test_the_surface_is_known_to_less_than_a_voxel(made):
    part = (made.share > 0) & (made.share < WHOLE)
    rim = ndimage.binary_dilation(made.brain) & ~ndimage.binary_erosion(made.brain)
    assert part[rim].mean() > 0.8
    assert made.share[ndimage.binary_erosion(made.brain, iterations=2)].min() == WHOLE


@pytest.fixture
def drawn_by_hand(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Put a block, far to the left, in front and low, in place of phantoms; give what was asked."""
    real = make_case("none", seed=1, spacing_mm=4.0, sequences=("t1",))
    asked: list[dict[str, object]] = []

    def fake(kind: str, *, spacing_mm: float, sequences: tuple[str, ...], **other: object):
        asked.append({"kind": kind, "spacing_mm": spacing_mm, "sequences": sequences, **other})
        n = round(120 / spacing_mm)
        affine = np.diag([-spacing_mm, -spacing_mm, spacing_mm, 1.0])  # stored L, P, S
        affine[:3, 3] = [60 - spacing_mm / 2, 60 - spacing_mm / 2, spacing_mm / 2]
        i, j, k = (np.indices((n, n, n)) + 0.5) * spacing_mm
        block = (i >= 72) & (i < 108) & (j >= 12) & (j < 48) & (k >= 6) & (k < 42)
        rest = 40 if other.get("head") else 0
        volumes = {
            name: Volume(np.where(block, 400 + 90 * number, rest).astype(np.int16), affine)
            for number, name in enumerate(sequences)
        }
        return replace(real, volumes=volumes)

    monkeypatch.setattr(head_cases, "make_case", fake)
    return asked


def test_pictures_and_brain_lie_in_one_place_with_the_left_on_the_left(drawn_by_hand):
    head = drawn_head(5)
    for picture in head.images:
        assert picture.shape == head.brain.shape == (48, 48, 48)
    # The box of 40 voxels lies in the middle of 48: R 4..43. The block reaches from 12 to 48 mm
    # right of the middle of the box's left half, that is from R -48 to -12.
    index = np.argwhere(head.brain)
    r, a, s = index.min(0), index.max(0), index.mean(0)
    np.testing.assert_array_equal(r, [8, 28, 6])
    np.testing.assert_array_equal(a, [19, 39, 17])
    np.testing.assert_allclose(s, [13.5, 33.5, 11.5])
    for picture in head.images:
        bright = picture > 0.7 * picture.max()
        np.testing.assert_allclose(np.argwhere(bright).mean(0), s, atol=0.5)


def test_the_stripped_head_is_the_same_person_at_the_finer_grid(drawn_by_hand):
    drawn_head(5)
    head, bare = drawn_by_hand
    assert head["head"] is True
    assert not bare.get("head")
    assert (head["kind"], head["seed"]) == (bare["kind"], bare["seed"])
    assert (head["spacing_mm"], bare["spacing_mm"]) == (3.0, 2.0)
    assert head["sequences"] == CONTRASTS


def test_numbers_draw_all_kinds_and_the_same_number_the_same_head(drawn_by_hand):
    kinds = set()
    for number in range(60):
        first, again = drawn_head(number), drawn_head(number)
        np.testing.assert_array_equal(first.images, again.images)
        asked, _, repeated, _ = drawn_by_hand[-4:]
        assert asked == repeated
        kinds.add(asked["kind"])
    assert kinds == set(KINDS)
    assert len({asked["seed"] for asked in drawn_by_hand}) == 60


def test_the_brightest_gray_value_fits_into_a_byte():
    assert BRIGHTEST * STEPS <= 255


def test_half_a_voxel_of_brain_is_no_brain():
    share = np.array([[[0, 127, 128, 255]]], np.uint8)
    assert Head(share[None], share).brain.tolist() == [[[False, False, True, True]]]


def test_heads_that_are_there_are_kept_in_the_order_of_their_numbers(tmp_path):
    for number in (3, 4, 5):
        share = np.full((2, 3, 4), number, np.uint8)
        np.savez(tmp_path / NAME.format(number), images=share[None], share=share)
    paths = made_heads(range(3, 6), cache=tmp_path, progress=lambda _: pytest.fail("made one"))
    assert [int(read_head(path).share[0, 0, 0]) for path in paths] == [3, 4, 5]


@pytest.mark.slow
def test_a_worker_makes_the_head_that_this_process_makes(made):
    again = drawn_head(1)
    np.testing.assert_array_equal(made.images, again.images)
    np.testing.assert_array_equal(made.share, again.share)


def test_training_and_test_heads_never_meet():
    from neuroscope.learn.evaluate_brain import TEST_HEADS, TEST_SEED

    assert BrainConfig().heads + head_cases.FIRST_SEED <= TEST_SEED
    assert len(KINDS) * 2 == TEST_HEADS, "two of every kind, as its comment says"
