"""Constants of a release, from outputs whose percentiles are known."""

from pathlib import Path

import numpy as np
import pytest

from neuroscope.learn.dataset import load_slices
from neuroscope.learn.finish import volume_constants
from neuroscope.learn.predict import Outputs
from neuroscope.models.classes import NO_TUMOR


def test_volume_constants_come_from_the_right_slices(disc_folder: Path):
    slices = load_slices(disc_folder, splits=["train"], size=32)
    n = len(slices)
    evidence = np.zeros((n, 4, 8, 8), np.float32)
    evidence[slices.labels == NO_TUMOR, 0] = np.linspace(0, 1, 64).reshape(8, 8)
    evidence[slices.labels == 0, 0] = np.linspace(0, 10, 64).reshape(8, 8)
    logits = np.zeros((n, 4), np.float32)
    offset, scale = volume_constants(Outputs(logits, evidence, logits), slices)
    assert offset[0] == pytest.approx(0.95, abs=0.02)
    assert scale[0] == pytest.approx(9.95, abs=0.1)
    assert offset[1] == scale[1] == 0
