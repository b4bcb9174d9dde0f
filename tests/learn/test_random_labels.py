import numpy as np
import pytest
import torch

from neuroscope.errors import BadInputError
from neuroscope.learn.random_labels import RandomLabelConfig, train_on_random_labels
from neuroscope.models.evidence import EvidenceShape

SHAPE = EvidenceShape(widths=(8, 8, 8, 8, 8), neck=8, input_size=32)


def _slices(number=8):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (number, 32, 32), dtype=np.uint8)
    return images, (np.arange(number) % 4).astype(np.int64)


def test_a_small_network_learns_random_labels_by_heart():
    images, labels = _slices()
    config = RandomLabelConfig(steps=120, batch=8, learning_rate=1e-2, look_every=5)
    told = []
    network, known = train_on_random_labels(
        SHAPE, images, labels, config=config, progress=told.append
    )
    assert known >= 0.9
    assert not network.training
    assert told[-1] == 1.0


def test_the_same_seed_mislearns_the_same():
    images, labels = _slices()
    config = RandomLabelConfig(steps=2, batch=8)
    made = [train_on_random_labels(SHAPE, images, labels, config=config)[0] for _ in range(2)]
    first, again = (torch.cat([p.flatten() for p in n.parameters()]) for n in made)
    assert torch.equal(first, again)


def test_fewer_slices_than_a_batch_are_refused():
    images, labels = _slices(4)
    with pytest.raises(BadInputError, match="fewer than a batch"):
        train_on_random_labels(SHAPE, images, labels, config=RandomLabelConfig(batch=8))
