"""A held-out patient of whom a turned copy is trained on is found; a neighbor is not."""

import numpy as np
import pytest

from neuroscope.learn.reasons.cases import Cases
from neuroscope.learn.reasons.copies import copied_patients, rows_without, told

SIZE = 64
RNG = np.random.default_rng(3)


def head(seed: int) -> np.ndarray:
    """A textured, asymmetric head."""
    rng = np.random.default_rng(seed)
    r, c = np.mgrid[:SIZE, :SIZE] / SIZE - 0.5
    inside = np.hypot(r / 0.45, c / 0.38) < 1
    texture = rng.normal(0, 1, (SIZE, SIZE))
    for axis in (0, 1):
        texture = sum(np.roll(texture, n, axis) for n in range(-2, 3)) / 5
    return np.where(inside, np.clip(110 + 160 * texture, 20, 255), 0).astype(np.uint8)


def cases(images: list[np.ndarray], prefix: str) -> Cases:
    units = np.array([f"{prefix}{n}" for n in range(len(images))])
    return Cases(np.stack(images), np.zeros(len(images), np.int64), units)


@pytest.fixture(scope="module")
def trained() -> Cases:
    return cases([head(seed) for seed in range(12)], "t")


@pytest.mark.parametrize(
    "changed",
    [
        lambda image: image,
        lambda image: image[:, ::-1],
        lambda image: np.rot90(image),
        lambda image: np.roll(image, 2, 0),
        lambda image: np.clip(image + RNG.normal(0, 2, image.shape), 0, 255).astype(np.uint8),
    ],
    ids=["same", "mirrored", "turned", "moved", "noisy"],
)
def test_whoever_has_a_copy_leaves_with_all_slices(trained, changed):
    kept = cases([head(50), np.ascontiguousarray(changed(head(7))), head(51), head(52)], "k")
    kept.units[2] = "k1"  # another slice of the same patient
    found = copied_patients([trained], [kept])
    assert found == {"k1"}
    assert rows_without(kept, found).tolist() == [0, 3]
    assert told(found, kept)[0].startswith("1 held-out patients (2 slices)")


def test_nobody_leaves_for_others_or_for_copies_on_the_same_side(trained):
    kept = cases([head(50), head(50), head(51)], "k")
    assert copied_patients([trained, trained], [kept]) == frozenset()
    assert told(frozenset(), kept) == ()


def test_nothing_at_all_is_fine():
    none = Cases(np.zeros((0, SIZE, SIZE), np.uint8), np.zeros(0, np.int64), np.zeros(0, str))
    assert copied_patients([none], [none]) == frozenset()
