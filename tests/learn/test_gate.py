"""Closing the gate moves evidence onto the tumor and must not cost answers."""

from pathlib import Path

import pytest
import torch

from neuroscope.learn.dataset import FIGSHARE, SliceSet, load_slices
from neuroscope.learn.gate import close_gate
from neuroscope.learn.predict import predict
from neuroscope.learn.scores import quick_scores
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape, Pooling


def network(pooling: Pooling) -> EvidenceNetwork:
    torch.manual_seed(0)
    shape = EvidenceShape(widths=(8, 12, 16), neck=8, pooling=pooling, input_size=64)
    return EvidenceNetwork(shape).eval()


@pytest.fixture(scope="module")
def val(disc_folder: Path) -> SliceSet:
    return load_slices(disc_folder, splits=["val"], size=64)


def test_the_closed_network_is_never_worse_by_more_than_allowed(val: SliceSet):
    trained = network("sigmoid")
    closed, words = close_gate(trained, val)
    before, after = (quick_scores(predict(net, val), val) for net in (trained, closed))
    mean = [(scores["four_class"] + scores["figshare"]) / 2 for scores in (before, after)]
    assert mean[1] >= mean[0] - 0.002
    assert after["mass"] >= before["mass"] - 1e-4
    assert "relevance mass on validation" in words


def test_contributions_of_a_closed_network_still_sum_to_its_logits(val: SliceSet):
    closed, _ = close_gate(network("sigmoid"), val)
    outputs = predict(closed, val.select(val.sources == FIGSHARE))
    centered = outputs.logits - outputs.logits.mean(1, keepdims=True)
    assert abs(outputs.evidence.sum((2, 3)) - centered).max() < 1e-5


def test_the_trained_network_is_left_as_it_was(val: SliceSet):
    trained = network("sigmoid")
    bias = trained.gate.bias
    assert bias is not None
    before = bias.detach().clone()
    close_gate(trained, val)
    assert torch.equal(trained.gate.bias, before)  # type: ignore[arg-type]


def test_a_network_without_sigmoid_gate_is_returned(val: SliceSet):
    trained = network("mean")
    assert close_gate(trained, val) == (trained, "as trained")
