"""The gate may be closed only as far as the answers stay what they were."""

from pathlib import Path

import pytest
import torch

from neuroscope.learn.dataset import load_slices
from neuroscope.learn.gate import SHIFTS, close_gate
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape

SHAPE = EvidenceShape(widths=(8, 12, 16), neck=8, input_size=32)


def test_closing_keeps_the_map_equal_to_the_decision(disc_folder: Path):
    torch.manual_seed(0)
    val = load_slices(disc_folder, splits=["val"], size=32)
    closed, words = close_gate(EvidenceNetwork(SHAPE).eval(), val)
    answer = closed(torch.rand(5, 1, 32, 32))
    centered = answer.logits - answer.logits.mean(1, keepdim=True)
    torch.testing.assert_close(answer.evidence.sum((2, 3)), centered, atol=1e-5, rtol=0)
    assert "relevance mass" in words


def test_only_the_bias_of_the_gate_moves(disc_folder: Path):
    torch.manual_seed(1)
    val = load_slices(disc_folder, splits=["val"], size=32)
    before = EvidenceNetwork(SHAPE).eval()
    after, _ = close_gate(before, val)
    moved = {
        name
        for name, value in after.state_dict().items()
        if not torch.equal(value, before.state_dict()[name])
    }
    assert moved <= {"gate.bias"}
    assert before.gate.bias is not None
    assert after.gate.bias is not None
    shift = float((before.gate.bias - after.gate.bias).item())
    assert min(abs(shift - candidate) for candidate in SHIFTS) < 1e-6


@pytest.mark.parametrize("pooling", ["mean", "softmax"])
def test_a_network_without_sigmoid_gate_is_left_alone(disc_folder: Path, pooling: str):
    shape = EvidenceShape(widths=(8, 12, 16), neck=8, input_size=32, pooling=pooling)
    val = load_slices(disc_folder, splits=["val"], size=32)
    network = EvidenceNetwork(shape).eval()
    assert close_gate(network, val) == (network, "as trained")
