import numpy as np
import pytest

from neuroscope.preprocess.intensity import correct_bias
from neuroscope.records.geometry import diagonal
from neuroscope.records.volume import Volume

GRID = diagonal((3.0, 3.0, 3.0))
SHAPE = (52, 60, 48)
X, Y, Z = (np.linspace(-1, 1, n)[tuple(np.s_[:] if a == b else None for b in range(3))]
           for a, n in enumerate(SHAPE))  # fmt: skip
BRAIN = X**2 + Y**2 + Z**2 < 0.85
WHITE = BRAIN & (X**2 + Y**2 + Z**2 < 0.5)
FIELD = X * 0.7 + 0.5 * Y - Z * X + np.zeros(SHAPE)


def shaded(strength: float) -> Volume:
    """White in gray matter with 3 % noise, under a smooth field of the given strength."""
    rng = np.random.default_rng(0)
    tissue = np.where(WHITE, 450.0, np.where(BRAIN, 330.0, 0.0))
    field = np.exp(strength * FIELD / FIELD[BRAIN].std())
    return Volume((tissue * field * rng.normal(1, 0.03, SHAPE)).astype(np.float32), GRID)


def test_a_strong_field_is_removed_to_a_rest_below_3_percent():
    image = shaded(0.14)

    evened, report = correct_bias(image, BRAIN)

    assert report.corrected
    assert report.unevenness == pytest.approx(0.14, abs=0.05)
    spread = evened.voxels[WHITE].std() / evened.voxels[WHITE].mean()
    assert np.sqrt(max(spread**2 - 0.03**2, 0)) < 0.03


def test_an_even_image_is_left_alone():
    image = shaded(0.0)

    same, report = correct_bias(image, BRAIN)

    assert same is image
    assert not report.corrected
    assert "left as it is" in report.reason


def test_the_level_of_the_image_stays():
    evened, _ = correct_bias(shaded(0.14), BRAIN)

    assert np.median(evened.voxels[WHITE]) == pytest.approx(450, rel=0.05)


def test_a_ct_is_never_corrected():
    values = np.where(BRAIN, shaded(0.14).voxels / 10, -1000).astype(np.int16)
    ct = Volume(values, GRID)

    assert correct_bias(ct, BRAIN)[0] is ct
    assert correct_bias(shaded(0.14), BRAIN, role="adc")[1].unevenness is None


def test_what_was_normalized_around_zero_is_left_alone():
    image = shaded(0.14).voxels
    scores = Volume(np.where(BRAIN, (image - image[BRAIN].mean()) / image[BRAIN].std(), 0), GRID)

    same, report = correct_bias(scores, BRAIN)

    assert same is scores
    assert "normalized" in report.reason


def test_a_brain_of_a_few_voxels_is_left_alone():
    few = np.zeros(SHAPE, np.bool_)
    few[25:28, 25:28, 25:28] = True

    assert not correct_bias(shaded(0.14), few)[1].corrected
