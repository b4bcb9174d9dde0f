from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.streaming import Crop, StreamPlan, parallel_stream, stream

SHAPE = (20, 22, 18)


def small(cache: Path | None = None, **wishes) -> StreamPlan:
    options = {
        "kinds": ("glioblastoma", "meningioma", "none"), "seed": 5, "heads": 4, "spacing_mm": 4,
        "crop": SHAPE, "sequences": ("t1c", "flair"), "crops_per_visit": 2,
    } | wishes  # fmt: skip
    return StreamPlan(cache=cache, **options)


def first(plan: StreamPlan, count: int, **place) -> list[Crop]:
    return list(islice(stream(plan, **place), count))


def assert_same(one: list[Crop], two: list[Crop]) -> None:
    assert [crop.truth for crop in one] == [crop.truth for crop in two]
    for here, there in zip(one, two, strict=True):
        np.testing.assert_array_equal(here.images, there.images)
        np.testing.assert_array_equal(here.labels, there.labels)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("heads")


@pytest.fixture(scope="module")
def alone(cache: Path) -> list[Crop]:
    return first(small(cache), 16)


def test_crops_have_the_shape_and_truth_they_promise(alone):
    for crop in alone:
        assert crop.images.shape == (2, *SHAPE)
        assert crop.images.dtype == np.float32
        assert crop.labels.shape == SHAPE
        assert crop.truth["volumes_ml"]["ET"] == pytest.approx((crop.labels == 3).sum() * 0.064)


def test_the_same_plan_gives_the_same_crops_with_a_cache_and_without(alone):
    assert_same(first(small(None), 6), alone[:6])


def test_a_second_visit_of_a_head_looks_different_but_holds_the_same_lesion(alone):
    early, late = alone[0], alone[8]

    assert (early.truth["seed"], early.truth["visit"]) == (5, 0)
    assert (late.truth["seed"], late.truth["visit"]) == (5, 1)
    assert early.truth["kind"] == late.truth["kind"]
    assert (early.images != late.images).mean() > 0.5


def test_processes_share_the_heads_and_repeat_nothing(cache, alone):
    parts = [first(small(cache), 8, worker=n, workers=2) for n in range(2)]
    heads = [{crop.truth["seed"] for crop in part} for part in parts]

    assert heads[0] & heads[1] == set()
    assert heads[0] | heads[1] == {crop.truth["seed"] for crop in alone}
    looks = {crop.images.tobytes() for part in parts for crop in part}
    assert len(looks) == 16


def test_most_crops_hold_a_part_of_the_lesion(alone):
    ill = [crop for crop in alone if crop.truth["kind"] != "none"]
    assert ill
    assert np.mean([crop.labels.any() for crop in ill]) >= 0.6


def test_several_processes_give_what_one_each_would_in_turn(cache):
    plan = small(cache)
    with parallel_stream(plan, workers=2) as crops:
        found = list(islice(crops, 6))
    expected = [first(plan, 3, worker=n, workers=2) for n in range(2)]
    assert_same(found, [expected[n % 2][n // 2] for n in range(6)])


def test_nonsense_is_refused():
    with pytest.raises(BadInputError, match=r"crop of \(20, 22, 99\).*largest possible is"):
        small(crop=(20, 22, 99))
    with pytest.raises(BadInputError, match="needs a kind"):
        small(kinds=())
    with pytest.raises(BadInputError, match="no phantom of the kind"):
        small(kinds=("unicorn",))
    with pytest.raises(BadInputError, match="at most 4 processes"):
        next(stream(small(), worker=0, workers=5))


@pytest.mark.parametrize(
    "wish",
    [
        {"kinds": "none"},  # a string is a row of letters
        {"sequences": "t1c"},
        {"seed": 1.5},
        {"seed": True},
        {"heads": "4"},
        {"crop": (20.0, 20, 20)},
        {"crop": 20},
        {"spacing_mm": "4"},
        {"lesion_share": None},
        {"cache": "heads"},
    ],
)
def test_a_value_of_the_wrong_type_is_refused(wish):
    """Without the type checks of the tests, which would refuse it first."""
    plan, usual = object.__new__(StreamPlan), small()
    for name in StreamPlan.__slots__:
        object.__setattr__(plan, name, wish.get(name, getattr(usual, name)))
    with pytest.raises(BadInputError, match="wrong type"):
        plan.__post_init__()


@pytest.mark.parametrize(
    "wish",
    [
        {"lesion_share": 1.2},
        {"lesion_share": -0.1},
        {"lesion_share": float("nan")},
        {"cache_gib": 0},
        {"cache_gib": float("inf")},
        {"crop": (0, 20, 20)},
        {"seed": -1},
        {"heads": 0},
        {"crops_per_visit": 0},
        {"spacing_mm": float("nan")},
    ],
)
def test_a_value_out_of_range_is_refused(wish):
    with pytest.raises(BadInputError):
        small(**wish)


@pytest.mark.parametrize("workers", [0, 99])
def test_processes_that_cannot_share_the_heads_are_refused(workers):
    plan = small()
    with (
        pytest.raises(BadInputError, match="cannot share"),
        parallel_stream(plan, workers=workers),
    ):
        pass
