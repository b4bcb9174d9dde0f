import numpy as np
import pytest
import torch
from torch import nn

from neuroscope.errors import BadInputError
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape
from neuroscope.reliability.passport.baselines import edge_map
from neuroscope.reliability.passport.cascade import cascade
from neuroscope.reliability.passport.similarity import spearman

SMALL = EvidenceShape(widths=(4, 4, 4, 4, 4), neck=4, input_size=32)


def _network():
    torch.manual_seed(0)
    return EvidenceNetwork(SMALL).eval()


def test_one_part_more_is_forgotten_each_time_the_last_first():
    network = _network()
    before = {name: value.clone() for name, value in network.named_parameters()}
    steps = list(cascade(network))
    assert len(steps) >= 5
    assert steps[0][0] == "gate"
    changed = []
    for _, copy in steps:
        now = dict(copy.named_parameters())
        changed.append(sum(not torch.equal(now[name], before[name]) for name in before))
    assert changed == sorted(changed)
    assert changed[0] < changed[-1]
    for name, value in network.named_parameters():  # the network itself is left alone
        assert torch.equal(value, before[name])


def test_the_same_seed_forgets_the_same():
    first, again, other = (list(cascade(_network(), seed=s))[-1][1] for s in (0, 0, 1))
    weights = [torch.cat([p.flatten() for p in n.parameters()]) for n in (first, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_an_edge_detector_does_not_notice(image):
    """It shows the picture: the same map, whatever the network has forgotten."""
    picture, _ = image
    for _ in cascade(_network()):
        assert spearman(np.abs(edge_map(picture)), np.abs(edge_map(picture))) > 0.999


def test_a_network_of_few_parts_is_refused():
    with pytest.raises(BadInputError, match="2 parts"):
        next(cascade(nn.Sequential(nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 3))))
