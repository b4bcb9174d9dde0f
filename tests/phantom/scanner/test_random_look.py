import numpy as np

from neuroscope.phantom.scanner.random_look import random_contrast
from neuroscope.phantom.scanner.relaxation import TISSUES


def test_two_draws_order_the_tissues_differently():
    orders = set()
    for seed in range(8):
        contrast = random_contrast(np.random.default_rng(seed), TISSUES)
        orders.add(tuple(sorted(("white", "gray", "fluid"), key=lambda t: contrast.look(t, 0.0))))

    assert len(orders) >= 3


def test_means_fill_the_range_and_air_is_black():
    contrasts = [random_contrast(np.random.default_rng(seed), TISSUES) for seed in range(40)]
    white = [contrast.look("white", 0.0) for contrast in contrasts]

    assert all(contrast.look("air", 0.0) == 0 for contrast in contrasts)
    assert min(white) < 0.15
    assert max(white) > 0.85


def test_contrast_agent_may_darken_or_brighten():
    changes = []
    for seed in range(20):
        contrast = random_contrast(np.random.default_rng(seed), TISSUES)
        changes.append(contrast.look("enhancing", 0.3) - contrast.look("enhancing", 0.0))

    assert min(changes) < 0 < max(changes)
