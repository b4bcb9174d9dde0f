from pathlib import Path

import numpy as np
import pytest

from neuroscope.models.inference import load_engine
from neuroscope.models.unet_segmenter import SegmenterSpec, UnetSegmenter
from neuroscope.records.prediction import ModelRef
from neuroscope.workflow.canaries import (
    canary_answers,
    canary_head,
    canary_images,
    segmenter_canary_answers,
)


def test_the_canaries_are_the_same_for_ever() -> None:
    images = canary_images(160)
    assert (images.shape, images.dtype) == ((16, 1, 160, 160), np.float32)
    assert (images.min(), images.max()) == (0, 1)
    # Written down once: a change here makes every stored canary worthless.
    assert images.mean() == pytest.approx(0.2107564, abs=1e-6)
    found = [images[3, 0, 80, 60], images[0, 0, 40, 90], images[15, 0, 100, 100]]
    assert found == pytest.approx([0.4371662, 0.4396924, 0.3368995], abs=1e-6)


def test_every_canary_differs_from_the_others_and_from_its_mirror_image() -> None:
    images = canary_images(64)[:, 0]
    for number, image in enumerate(images):
        assert np.abs(image - image[:, ::-1]).max() > 0.05
        assert np.abs(image - image[::-1]).max() > 0.05
        for other in images[number + 1 :]:
            assert np.abs(image - other).max() > 0.1


def test_answers_are_repeated_and_tell_networks_apart(known_weights: Path) -> None:
    engine = load_engine(weights=known_weights, threads=1)
    first, again = canary_answers(engine), canary_answers(engine)
    assert first.shape == (16, 8)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - canary_answers(load_engine(threads=1))).max() > 0.01


def test_the_canary_head_is_the_same_for_ever() -> None:
    given = canary_head()
    assert (given.channels.shape, given.channels.dtype) == ((4, 48, 64, 48), np.float32)
    found = [given.channels[0, 30, 38, 22], given.channels[3, 18, 20, 30]]
    assert given.channels.std() == pytest.approx(0.1483609, abs=1e-5)
    assert found == pytest.approx([3.1161408, 0.7399728], abs=1e-5)


def test_the_canary_head_differs_from_its_mirror_image() -> None:
    for channel in canary_head().channels:
        for axis in range(3):
            assert np.abs(channel - np.flip(channel, axis)).max() > 0.3


def test_answers_of_a_segmenter_are_repeated_and_tell_where_tumor_lies() -> None:
    def finds(side: slice) -> UnetSegmenter:
        """Find everything on one side to be tumor."""

        def forward(channels: np.ndarray) -> np.ndarray:
            logits = np.full((1, 1, 3, *channels.shape[2:]), -30, np.float32)  # one head
            logits[:, :, :, side] = 30
            return logits

        return UnetSegmenter(forward, SegmenterSpec(), ModelRef("segmenter", "0", "a" * 64))

    left, right = finds(slice(0, 24)), finds(slice(24, 48))
    first = segmenter_canary_answers(left)
    np.testing.assert_array_equal(first, segmenter_canary_answers(left))
    assert first.shape == (2, 12)
    plain, mirrored = first
    np.testing.assert_allclose(first[:, :3], 0.5, atol=1e-6)
    # The weight along i rises from 1/2 to 3/2; the mirror image is laid back: the other side.
    np.testing.assert_allclose(plain[3:6], (0.5 + 23 / 94) / 2, atol=1e-6)
    np.testing.assert_allclose(mirrored[3:6], (1.5 - 23 / 94) / 2, atol=1e-6)
    assert np.abs(first - segmenter_canary_answers(right)).max() > 0.2
