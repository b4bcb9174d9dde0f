"""Slices come with their masks, and no split sees another's."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.learn.dataset import FIGSHARE, FOUR_CLASS, entries_of, load_slices, resample_like
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR
from neuroscope.preprocess.slice_input import prepare_slice


def test_both_sets_are_read_with_labels_and_masks(disc_folder: Path):
    slices = load_slices(disc_folder, splits=["train"], size=64)
    assert len(slices) == 14
    assert slices.images.shape == (14, 64, 64)
    assert set(slices.splits) == {"train"}
    figshare = slices.sources == FIGSHARE
    assert slices.has_mask[figshare].all()
    bright = slices.images[figshare] > 200
    covered = slices.masks[figshare] > 127
    overlap = (bright & covered).sum((1, 2)) / (bright | covered).sum((1, 2))
    assert overlap.min() > 0.85


def test_a_four_class_copy_borrows_the_mask_of_its_twin(disc_folder: Path):
    slices = load_slices(disc_folder, splits=["val"], size=64)
    four = slices.sources == FOUR_CLASS
    tumor = four & (slices.labels != NO_TUMOR)
    assert slices.has_mask[tumor].sum() == 1
    twin = slices.select(tumor & slices.has_mask)
    assert twin.labels.tolist() == [CLASS_NAMES.index("glioma")]
    assert (twin.masks > 127).any()


def test_no_tumor_has_a_known_empty_mask(disc_folder: Path):
    slices = load_slices(disc_folder, splits=["test"], size=64)
    empty = slices.select(slices.labels == NO_TUMOR)
    assert empty.has_mask.all()
    assert not empty.masks.any()


def test_splits_share_no_file_and_no_unit(disc_folder: Path):
    parts = [load_slices(disc_folder, splits=[s], size=64) for s in ("train", "val", "test")]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert not set(parts[first].files) & set(parts[second].files)
        assert not set(parts[first].units) & set(parts[second].units)


def test_a_wrong_folder_or_split_is_refused(disc_folder: Path, tmp_path: Path):
    with pytest.raises(BadInputError, match=r"joint_split\.csv"):
        load_slices(tmp_path, splits=["train"], size=64)
    with pytest.raises(BadInputError, match="No slice"):
        load_slices(disc_folder, splits=["holdout"], size=64)


def test_a_mask_keeps_its_area_on_the_prepared_grid():
    r, c = np.mgrid[:120, :120]
    picture = (np.hypot(r - 60, c - 60) < 50) * 100.0
    mask = (np.hypot(r - 50, c - 70) < 12).astype(np.float32)
    prepared = prepare_slice(picture, size=96)
    carried = resample_like(prepared, mask)
    area = carried.sum() * prepared.to_pixels[0, 0] ** 2
    assert area == pytest.approx(mask.sum(), rel=0.03)


@pytest.mark.data
def test_the_real_split_keeps_units_apart(development_data: Path):
    entries = entries_of(development_data)
    for one, other in combinations(("train", "val", "test"), 2):
        parts = [[entry for entry in entries if entry.split == split] for split in (one, other)]
        assert all(parts)
        assert not {entry.name for entry in parts[0]} & {entry.name for entry in parts[1]}
        for source in (FOUR_CLASS, FIGSHARE):
            units = [{entry.unit for entry in part if entry.source == source} for part in parts]
            assert not units[0] & units[1]
