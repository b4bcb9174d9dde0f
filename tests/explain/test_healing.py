"""A region is replaced by tissue that fits, and nothing else changes."""

import numpy as np
import pytest

from neuroscope.errors import GeometryMismatchError
from neuroscope.explain.healing import filled, healed, mixed, softened

SIDE = 64


def two_sides() -> tuple[np.ndarray, np.ndarray]:
    """Draw a brain with halves that mirror each other."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    tissue = np.hypot(rows - 31.5, columns - 31.5) < 28
    image = np.where(tissue, 60 + 2 * np.abs(columns - 31.5) + rows, 0)
    return image.astype(np.float32), tissue


def test_a_tumor_is_replaced_by_what_was_there_before() -> None:
    image, tissue = two_sides()
    region = np.zeros_like(tissue)
    region[22:30, 14:22] = True
    sick = image + 90 * region
    whole = healed(sick, region, tissue=tissue & ~region)
    assert np.abs(whole - image)[region].max() < 8
    assert np.abs(sick - image)[region].min() > 80


def test_nothing_changes_away_from_the_region() -> None:
    image, tissue = two_sides()
    region = np.zeros_like(tissue)
    region[40:46, 40:50] = True
    whole = healed(image, region, tissue=tissue & ~region)
    reached = softened(region) > 0
    assert np.array_equal(whole[~reached], image[~reached])
    assert reached.sum() < 3 * region.sum()


def test_without_tissue_the_region_is_guessed_from_its_rim() -> None:
    image = np.full((SIDE, SIDE), 50, np.float32)
    region = np.zeros(image.shape, bool)
    region[20:40, 20:40] = True
    image[region] = 250
    whole = healed(image, region, tissue=np.zeros_like(region))
    assert np.allclose(whole, 50, atol=1e-3)


def test_an_empty_region_changes_nothing() -> None:
    image, tissue = two_sides()
    assert np.array_equal(healed(image, np.zeros_like(tissue), tissue=tissue), image)


def test_a_region_on_another_grid_is_refused() -> None:
    image, tissue = two_sides()
    with pytest.raises(GeometryMismatchError):
        healed(image, tissue[:10], tissue=tissue)


def test_a_picture_covered_wholly_becomes_its_mean() -> None:
    image = np.arange(64, dtype=np.float32).reshape(8, 8)
    assert np.allclose(filled(image, np.ones_like(image)), 31.5)
    assert np.array_equal(mixed(image, image + 8, np.full_like(image, 0.25)), image + 2)
