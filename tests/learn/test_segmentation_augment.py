"""Variation of studies for the segmenter."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from neuroscope.learn.segmentation_augment import (
    BARE_CORE,
    CORE_TONES,
    EDEMA_TONES,
    TAKES_UP,
    VESSEL_TONE,
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
    tone_chance=0.0, vessel_chance=0.0, blur_chance=0.0, noise_chance=0.0, uneven_chance=0.0,
    drop_chance=0.0,
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
    config = replace(NONE, flip_chance=1.0, turn_chance=1.0)
    images, labels = augmented_case(case(), config=config, rng=np.random.default_rng(3))
    bright = images[1].numpy() > 1.5
    marked = labels.numpy() == 3

    assert 2 * (bright & marked).sum() / (bright.sum() + marked.sum()) > 0.85
    assert np.argwhere(marked)[:, 0].mean() > 16, "the flip moves it to the other side"


def with_core(*, rim: bool = True) -> StoredCase:
    """The case with a core of fluid in the rim and edema beside it."""
    made = case()
    made.images[2, 7:11, 32:38, 21:25] = 201  # T2, 4 standard deviations
    if not rim:
        made.labels[:] = 0
    made.labels[7:11, 32:38, 21:25] = 1
    made.labels[12:16, 30:40, 20:26] = 2
    return made


CORE = (slice(8, 10), slice(33, 37), slice(22, 24))  # inside: the border of a part is soft
EDEMA = (slice(13, 15), slice(31, 39), slice(21, 25))


def medians_when_toned(made: StoredCase, at: tuple[slice, ...]) -> NDArray[np.float64]:
    """Medians of a place in the four sequences, `(seed, sequence)`."""
    config = replace(NONE, tone_chance=1.0)
    rows = []
    for seed in range(200):
        images, _ = augmented_case(made, config=config, rng=np.random.default_rng(seed))
        rows.append([float(channel[at].median()) for channel in images])
    return np.array(rows)


def assert_fills(drawn: NDArray[np.float64], limits: tuple[float, float]) -> None:
    low, high = limits
    assert low - 1e-5 <= drawn.min() < low + 0.1 * (high - low)
    assert high - 0.1 * (high - low) < drawn.max() <= high + 1e-5


@pytest.mark.parametrize(("at", "tones"), [(CORE, CORE_TONES), (EDEMA, EDEMA_TONES)])
def test_core_and_edema_take_the_brightness_of_real_tumors(at, tones):
    drawn = medians_when_toned(with_core(), at)
    for number, limits in tones.items():
        assert_fills(drawn[:, number], limits)
    assert_fills(drawn[:, 1] - drawn[:, 0], TAKES_UP)


def test_a_core_without_a_rim_keeps_its_distance_from_edema():
    bare = with_core(rim=False)
    apart = medians_when_toned(bare, CORE) - medians_when_toned(bare, EDEMA)
    for number, limits in BARE_CORE.items():
        assert_fills(apart[:, number], limits)


def test_the_rim_changes_in_contrast_t1_alone_and_healthy_brain_nowhere():
    plain, labels = augmented_case(with_core(), config=NONE, rng=np.random.default_rng(0))
    rim, healthy = labels == 3, labels == 0
    medians = []
    for seed in range(100):
        toned, same = augmented_case(
            with_core(), config=replace(NONE, tone_chance=1.0), rng=np.random.default_rng(seed)
        )
        assert torch.equal(same, labels)
        assert torch.equal(toned[:, healthy], plain[:, healthy])
        assert torch.equal(toned[[0, 2, 3]][:, rim], plain[[0, 2, 3]][:, rim])
        medians.append(float(toned[1][rim].median()))
    assert min(medians) < 1.5
    assert max(medians) > 2.8


def test_vessels_light_up_inside_the_brain_of_contrast_t1_alone():
    plain, _ = augmented_case(case(), config=NONE, rng=np.random.default_rng(0))
    lit, _ = augmented_case(
        case(), config=replace(NONE, vessel_chance=1.0), rng=np.random.default_rng(5)
    )
    changed = lit != plain
    outside = torch.from_numpy((case().images == 0).all(0))

    assert not changed[[0, 2, 3]].any()
    assert not changed[1][outside].any()
    values = lit[1][changed[1]]
    assert len(values) > 5 * 8 / 2
    assert VESSEL_TONE[0] <= values.min()
    assert values.max() <= VESSEL_TONE[1]


def test_a_study_without_brain_has_no_vessels():
    empty = StoredCase(
        "none", np.zeros((4, 32, 48, 32), np.uint8), np.zeros((32, 48, 32), np.uint8)
    )
    images, _ = augmented_case(
        empty,
        config=replace(NONE, tone_chance=1.0, vessel_chance=1.0),
        rng=np.random.default_rng(0),
    )
    assert not images.any()


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
