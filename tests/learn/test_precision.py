"""Half precision is used where its gradients are right, and only there."""

import numpy as np
import pytest
import torch

from neuroscope.learn.precision import reduced_precision
from neuroscope.learn.train_segmenter import region_losses
from neuroscope.models.unet import UNet, UNetShape

TINY = UNetShape(channels=1, regions=1, widths=(4, 6, 8, 10, 12), heads=1, head_width=4)


@pytest.mark.parametrize(
    ("sides", "half"),
    [((80, 96, 80), True), ((48, 32, 32), True), ((32, 48, 64), False), ((16, 64, 64), False)],
    ids=str,
)
def test_flat_volumes_are_computed_plainly(sides, half):
    with reduced_precision(torch.zeros(1, 1, *sides)):
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype == (torch.bfloat16 if half else torch.float32)


def littered(value: float) -> None:
    """Leave a value all over the memory that is given back."""
    sizes = [2**power for power in range(4, 19)]
    kept = [torch.full((size,), value) for size in sizes for _ in range(8)]
    del kept


@pytest.mark.parametrize("sides", [(32, 32, 48), (48, 32, 32)], ids=str)
def test_gradients_hold_nothing_of_what_lay_in_memory(sides):
    torch.manual_seed(0)
    network = UNet(TINY).to(memory_format=torch.channels_last_3d)
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.normal(size=(1, 1, *sides)).astype(np.float32))
    wanted = (x > 1).float()
    found = []
    for value in (0.0, float("nan"), 1e30):
        with reduced_precision(x):
            logits = network(x.contiguous(memory_format=torch.channels_last_3d))
        loss = sum(region_losses(logits.float(), wanted, torch.ones(1, 1)).values())
        network.zero_grad(set_to_none=True)
        littered(value)
        loss.backward()
        found.append({name: part.grad for name, part in network.named_parameters()})
    for name, first in found[0].items():
        assert first.abs().max() < 10, name
        assert all(torch.equal(first, other[name]) for other in found[1:]), name
