import numpy as np
import pytest
import torch

from neuroscope.learn.randomized_maps import (
    alike,
    label_randomization,
    maps_of,
    model_randomization,
)
from neuroscope.models.evidence import Answer, EvidenceNetwork, EvidenceShape

SHAPE = EvidenceShape(widths=(4, 4, 4, 4, 4), neck=4, input_size=32)
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 32, 32), dtype=np.uint8)
TARGETS = (np.arange(6) % 4).astype(np.int64)
UNITS = np.array([f"p{n}" for n in range(6)])
HEADS = np.ones((6, 8, 8), bool)


def _network(seed=0):
    torch.manual_seed(seed)
    return EvidenceNetwork(SHAPE).eval()


class EdgesOnly(EvidenceNetwork):
    """Its map is the picture, whatever its weights are."""

    def forward(self, image):
        said = super().forward(image)
        places = torch.nn.functional.avg_pool2d(image, 4)
        return Answer(said.logits, places.expand(-1, 4, -1, -1), said.embedding)


def test_maps_are_those_of_the_asked_class():
    network = _network()
    maps = maps_of(network, IMAGES, TARGETS)
    with torch.inference_mode():
        whole = network(torch.from_numpy(IMAGES)[:, None].float() / 255).evidence.numpy()
    np.testing.assert_allclose(maps[3], whole[3, 3], rtol=1e-5, atol=1e-6)


def test_a_map_is_like_itself_and_a_constant_one_like_none():
    maps = maps_of(_network(), IMAGES, TARGETS)
    assert alike(maps, -maps, UNITS).value == pytest.approx(1.0)
    assert alike(maps, np.ones_like(maps), UNITS).value == 0.0


def test_a_map_that_shows_the_picture_survives_forgetting_and_fails():
    torch.manual_seed(0)
    found = model_randomization(EdgesOnly(SHAPE).eval(), IMAGES, TARGETS, UNITS, HEADS)
    assert found.outcome == "failed"
    assert found.value == pytest.approx(1.0)


def test_forgetting_is_told_part_by_part_the_last_part_first():
    found = model_randomization(_network(), IMAGES, TARGETS, UNITS, HEADS)
    steps = [name for name in found.details if name[:2].isdigit()]
    assert steps[0] == "01 gate"
    assert len(steps) >= 5
    assert found.details["slices"] == 6
    assert found.value < 0.9


def test_a_network_that_learned_too_little_is_no_comparison():
    two = (_network(0), _network(1))
    too_few = label_randomization(*two, 0.6, IMAGES, TARGETS, UNITS, HEADS)
    assert too_few.outcome == "not assessed"
    assert "60%" in too_few.reason
    made = label_randomization(*two, 0.95, IMAGES, TARGETS, UNITS, HEADS)
    assert made.outcome in ("passed", "failed")
    same = label_randomization(two[0], two[0], 0.95, IMAGES, TARGETS, UNITS, HEADS)
    assert same.outcome == "failed"
