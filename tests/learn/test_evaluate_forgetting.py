import numpy as np
import pytest
import torch

from neuroscope.errors import BadInputError
from neuroscope.learn.dataset import SliceSet
from neuroscope.learn.evaluate_forgetting import forgetting_of
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape

SIZE, NUMBER = 32, 4


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(2)
    return EvidenceNetwork(EvidenceShape(widths=(8, 12), neck=8, input_size=SIZE)).eval()


@pytest.fixture(scope="module")
def slices():
    shape = (NUMBER, SIZE, SIZE)
    names = np.array([f"{n}" for n in range(NUMBER)])
    return SliceSet(
        images=np.random.default_rng(1).integers(60, 200, shape, np.uint8),
        heads=np.ones(shape, bool),
        masks=np.zeros(shape, np.uint8),
        has_mask=np.zeros(NUMBER, bool),
        head_fractions=np.full(NUMBER, 0.6),
        labels=np.arange(NUMBER),
        sources=np.array(["a"] * NUMBER),
        units=names,
        splits=np.array(["val"] * NUMBER),
        files=names,
    )


def test_what_never_asks_the_network_survives_its_forgetting_and_fails(network, slices):
    done = []
    found = forgetting_of(network, slices, ["edges", "integrated_gradients"], progress=done.append)
    assert found["edges"].outcome == "failed"
    assert found["edges"].value == pytest.approx(1.0)
    assert found["edges"].details["slices"] == NUMBER
    gradients = found["integrated_gradients"]
    assert gradients.value < 0.99
    assert gradients.interval[0] <= gradients.value <= gradients.interval[1]
    assert done == [0.5, 1.0]


def test_without_slices_nothing_is_measured(network, slices):
    with pytest.raises(BadInputError, match="no slices"):
        forgetting_of(network, slices.select(np.zeros(NUMBER, bool)), ["edges"])
