"""A network whose maps are known: its score is a weighted sum of bright places."""

import numpy as np
import pytest

SIDE = 64
STEP = 4


class Linear:
    """`score(x) = sum w x` over cells of 4 x 4 pixels; the map is `w x`, exactly."""

    def __init__(self, weights):
        self.weights = weights

    def cells(self, images):
        rows = SIDE // STEP
        return images.reshape(-1, rows, STEP, rows, STEP).mean((2, 4))

    def map(self, images):
        return self.weights * self.cells(images)

    def score(self, images):
        return self.map(images).sum((1, 2))


@pytest.fixture(scope="session")
def image():
    """A head with texture, brighter at one place that is not in the middle."""
    rng = np.random.default_rng(3)
    picture = (0.3 + 0.05 * rng.standard_normal((SIDE, SIDE))).astype(np.float32)
    picture[12:24, 36:48] = 0.9
    head = np.zeros((SIDE, SIDE), bool)
    head[4:60, 4:60] = True
    return np.where(head, np.clip(picture, 0, 1), 0).astype(np.float32), head


@pytest.fixture(scope="session")
def network():
    """Pays for the bright place and nothing else."""
    weights = np.zeros((SIDE // STEP, SIDE // STEP))
    weights[3:6, 9:12] = 1.0
    return Linear(weights)
