"""The pose network learns poses from upright pictures alone, and its thresholds keep their word."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from neuroscope.learn import train_pose as training
from neuroscope.learn.augment import AugmentConfig
from neuroscope.models.pose import POSES
from neuroscope.models.pose_weights import PoseNet

SIDE = 24
CALM = AugmentConfig(
    rotation_deg=5.0, zoom=0.05, stretch=0.02, shift=0.02, strip_chance=0.0, jpeg_chance=0.0,
    cutout_chance=0.0, bias_field=0.05, gamma=0.05, gain=0.05,
)  # fmt: skip
CONFIG = training.PoseConfig(
    size=SIDE, stored=SIDE, steps=60, upright_each=8, inverted_each=6, no_head_each=6,
    phantom_share=0.25, learning_rate=5e-3, augment=CALM,
)  # fmt: skip


def pictures(number, draw, seed=0):
    noise = np.random.default_rng(seed)
    images = np.stack([draw(noise) for _ in range(number)])
    return training.Pictures(np.round(images * 255).astype(np.uint8), np.ones(images.shape, bool))


def arrow(noise):
    """A disk with a bright upper half."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE / 2 + 0.5
    disk = np.hypot(rows, columns) < noise.uniform(8, 10)
    return disk * np.where(rows < 0, 0.9, 0.3)


@pytest.fixture(scope="module")
def pool():
    return training.PosePool(
        upright=pictures(20, arrow),
        phantoms=pictures(20, arrow, seed=1),
        inverted=pictures(20, lambda noise: 1 - arrow(noise)),
        no_head=pictures(20, lambda noise: noise.random((SIDE, SIDE))),
    )


def test_a_batch_shows_every_upright_picture_in_all_turns(pool):
    images, poses = training.drawn_batch(pool, CONFIG, torch.Generator().manual_seed(0))
    assert images.shape == (8 * 4 + 6 + 6, 1, SIDE, SIDE)
    counts = {pose: int((poses == number).sum()) for number, pose in enumerate(POSES)}
    assert counts == dict.fromkeys(training.TURNS, 8) | {"inverted": 6, "no head": 6}
    half = SIDE // 2
    brighter = {
        "upright": lambda one: one[:half].mean() - one[half:].mean(),
        "upside down": lambda one: one[half:].mean() - one[:half].mean(),
        "turned left": lambda one: one[:, :half].mean() - one[:, half:].mean(),
        "turned right": lambda one: one[:, half:].mean() - one[:, :half].mean(),
    }
    for image, pose in zip(images[:, 0], poses.tolist(), strict=True):
        if POSES[pose] in brighter:
            assert brighter[POSES[pose]](image) > 0.1


def test_poses_are_learned_and_a_seed_repeats_the_run(pool):
    def run():
        torch.manual_seed(0)
        network = PoseNet(SIDE)
        return network, list(training.trained(network, pool, CONFIG))

    (network, losses), (_, again) = run(), run()
    assert losses == again
    assert np.mean(losses[-5:]) < 0.4 * np.mean(losses[:5])
    upright = pictures(10, arrow, seed=2).images
    for pose, turn in training.TURNS.items():
        p = training.p_pose(network, np.rot90(upright, turn, (1, 2)))
        assert (p.argmax(1) == POSES.index(pose)).mean() >= 0.9


def test_thresholds_let_through_what_was_promised():
    p = np.random.default_rng(0).dirichlet(np.full(len(POSES), 0.3), 2000).astype(np.float32)
    config = replace(CONFIG, false_alarms=0.01)
    thresholds = training.chosen_thresholds(p, config)
    assert all(limit >= config.least_p for limit in thresholds.values())
    assert all(share <= 0.01 for share in training.false_alarms(p, thresholds).values())
    sure = np.eye(len(POSES), dtype=np.float32)[np.zeros(50, int)]
    assert max(training.chosen_thresholds(sure, config).values()) < config.least_p + 0.001


def test_a_share_beyond_one_is_refused():
    with pytest.raises(ValueError, match="shares"):
        training.PoseConfig(phantom_share=1.5)


@pytest.mark.data
def test_inverting_the_original_leaves_a_bright_frame(development_data):
    slices = training.load_slices(development_data, splits=["val"], size=48)
    some = slices.select(np.arange(0, len(slices), len(slices) // 8))
    inverted = training.inverted_pictures(some, development_data, size=48)
    assert inverted.images.shape == some.images.shape
    air = ~some.heads
    assert some.images[air].mean() == 0
    assert inverted.images[:, :4].mean() > 80
