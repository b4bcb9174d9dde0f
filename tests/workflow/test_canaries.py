from pathlib import Path

import numpy as np
import pytest

from neuroscope.models.inference import load_engine
from neuroscope.workflow.canaries import canary_answers, canary_images


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
