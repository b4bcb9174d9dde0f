"""Variation of studies for the segmenter."""

import numpy as np
import torch

from neuroscope.learn.segmentation_augment import (
    VolumeAugment,
    augmented_case,
    dropped,
    gray_table,
    turned,
)
from neuroscope.learn.segmentation_cases import StoredCase

NONE = VolumeAugment(
    flip_chance=0.0, turn_chance=0.0, bend_chance=0.0, gain=0.0, shift=0.0, lesion_chance=0.0,
    blur_chance=0.0, noise_chance=0.0, uneven_chance=0.0, drop_chance=0.0,
)  # fmt: skip


def case() -> StoredCase:
    images = np.zeros((4, 32, 48, 32), np.uint8)
    images[:, 4:-4, 4:-4, 4:-4] = 101  # 0 standard deviations
    images[1, 6:12, 30:40, 20:26] = 176  # 3
    labels = np.zeros(images.shape[1:], np.uint8)
    labels[6:12, 30:40, 20:26] = 3
    return StoredCase("glioblastoma", images, labels)


def test_without_variation_nothing_changes():
    images, labels = augmented_case(case(), config=NONE, rng=np.random.default_rng(0))
    assert labels.numpy().tolist() == case().labels.tolist()
    assert images[1, 8, 35, 22] == 3.0
    assert images[0, 8, 35, 22] == 0.0


def test_labels_go_where_the_picture_goes():
    config = VolumeAugment(
        flip_chance=1.0, turn_chance=1.0, bend_chance=0.0, gain=0.0, shift=0.0, lesion_chance=0.0,
        blur_chance=0.0, noise_chance=0.0, uneven_chance=0.0, drop_chance=0.0,
    )  # fmt: skip
    images, labels = augmented_case(case(), config=config, rng=np.random.default_rng(3))
    bright = images[1].numpy() > 1.5
    marked = labels.numpy() == 3

    assert 2 * (bright & marked).sum() / (bright.sum() + marked.sum()) > 0.85
    assert np.argwhere(marked)[:, 0].mean() > 16, "the flip moves it to the other side"


def test_turning_by_a_quarter_moves_a_point_as_it_should():
    images = torch.zeros(4, 32, 48, 32)
    labels = torch.zeros(32, 48, 32, dtype=torch.uint8)
    labels[20, 30, 16] = 1
    quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])  # output position to input position
    _, moved = turned(images, labels, quarter)

    at = np.argwhere(moved.numpy() == 1).mean(0) - (np.array(labels.shape) - 1) / 2
    was = np.array([20, 30, 16]) - (np.array(labels.shape) - 1) / 2
    np.testing.assert_allclose(quarter @ at, was, atol=0.51)


def test_gray_tables_rise_and_keep_the_background():
    for seed in range(20):
        table = gray_table(VolumeAugment(), np.random.default_rng(seed))
        assert table[0] == 0
        assert (np.diff(table[1:]) > -1e-6).all()


def test_one_to_three_sequences_are_dropped_and_every_subset_occurs():
    rng = np.random.default_rng(0)
    seen = {tuple(dropped(rng)) for _ in range(500)}
    assert len(seen) == 14
    assert {len(subset) for subset in seen} == {1, 2, 3}


def test_the_same_seed_gives_the_same_variation():
    one, _ = augmented_case(case(), config=VolumeAugment(), rng=np.random.default_rng(7))
    two, _ = augmented_case(case(), config=VolumeAugment(), rng=np.random.default_rng(7))
    assert torch.equal(one, two)
