"""Variation of studies for the segmenter."""

import numpy as np
import pytest
import torch

from neuroscope.learn.segmentation_augment import (
    VolumeAugment,
    augmented_case,
    drawn_pose,
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


def test_a_pose_without_turn_is_a_scale_along_each_axis():
    rng = np.random.default_rng(0)
    drawn = np.array([drawn_pose(rng, turn_deg=0.0, scale=0.2) for _ in range(200)])
    scales = drawn[:, range(3), range(3)]
    np.testing.assert_array_equal(drawn, scales[:, :, None] * np.eye(3))
    assert 0.8 <= scales.min() < 0.82
    assert 1.18 < scales.max() <= 1.2
    assert np.abs(np.corrcoef(scales.T) - np.eye(3)).max() < 0.3, "each axis for itself"


def test_a_pose_without_scale_turns_up_to_the_limit_about_every_axis_and_never_mirrors():
    rng = np.random.default_rng(1)
    drawn = np.array([drawn_pose(rng, turn_deg=20.0, scale=0.0) for _ in range(300)])
    np.testing.assert_allclose(drawn @ drawn.transpose(0, 2, 1), [np.eye(3)] * 300, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(drawn), 1)
    # R = Rx Ry Rz: the three angles are read from the first row and the last column
    about_i = np.degrees(np.arctan2(-drawn[:, 1, 2], drawn[:, 2, 2]))
    about_j = np.degrees(np.arcsin(-drawn[:, 0, 2]))
    about_k = np.degrees(np.arctan2(-drawn[:, 0, 1], drawn[:, 0, 0]))
    for angles in (about_i, about_j, about_k):
        assert -20 <= angles.min() < -19
        assert 19 < angles.max() <= 20
        assert abs(angles.mean()) < 3


def test_a_pose_moves_the_picture_the_way_its_matrix_says():
    """Scales along the second axis only: what lies off the middle moves there, nothing else."""
    images = torch.zeros(4, 32, 48, 32)
    labels = torch.zeros(32, 48, 32, dtype=torch.uint8)
    labels[8:11, 35:38, 12:15] = 3
    _, moved = turned(images, labels, np.diag([1.0, 2.0, 1.0]))
    # from the middle at 23.5 the block lay 12.5 away; its half is 6.25
    assert np.argwhere(moved.numpy() == 3).mean(0) == pytest.approx([9, 29.75, 13], abs=0.5)


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


def test_single_sequences_are_dropped_as_often_as_asked():
    rng = np.random.default_rng(0)
    always = [dropped(rng, one_share=1.0) for _ in range(100)]
    assert {n for subset in always for n in subset} == {0, 1, 2, 3}
    assert {len(subset) for subset in always} == {1}

    flair = [dropped(rng, one_share=1.0, chances=(0.1, 0.2, 0.1, 0.6)) for _ in range(2000)]
    assert abs(np.mean([subset == [3] for subset in flair]) - 0.6) < 0.04

    half = [dropped(rng, one_share=0.5) for _ in range(2000)]
    single = np.mean([len(subset) == 1 for subset in half])
    assert abs(single - (0.5 + 0.5 * 4 / 14)) < 0.04


def test_the_same_seed_gives_the_same_variation():
    one, _ = augmented_case(case(), config=VolumeAugment(), rng=np.random.default_rng(7))
    two, _ = augmented_case(case(), config=VolumeAugment(), rng=np.random.default_rng(7))
    assert torch.equal(one, two)
