"""The segmenter's network."""

import pytest
import torch

from neuroscope.models.unet import UNet, UNetShape

TINY = UNetShape(widths=(4, 6, 8, 10, 12), heads=2, head_width=4)


def test_logits_come_for_every_head_and_region_on_the_input_grid():
    network = UNet(TINY).eval()
    with torch.inference_mode():
        logits = network(torch.randn(2, 4, 32, 48, 32))
    assert logits.shape == (2, 2, 3, 32, 48, 32)


def test_heads_answer_differently():
    network = UNet(TINY).eval()
    with torch.inference_mode():
        first, second = network(torch.randn(1, 4, 32, 32, 32))[0]
    assert not torch.allclose(first, second)


def test_the_shape_survives_json():
    assert UNetShape.from_dict({**TINY.as_dict(), "widths": list(TINY.widths)}) == TINY


@pytest.mark.parametrize("wrong", [{"widths": (4, 8)}, {"heads": 0}])
def test_impossible_shapes_are_refused(wrong):
    with pytest.raises(ValueError, match=r"widths|heads"):
        UNetShape(**wrong)


def test_the_network_is_its_three_parts():
    torch.manual_seed(0)
    network = UNet(UNetShape(widths=(2, 3, 4, 5, 6), heads=2, head_width=2)).eval()
    channels = torch.randn(1, 4, 32, 16, 32)
    coarse, fine = network.before_merge(channels)
    assert coarse.shape == (1, 3, 16, 8, 16)
    assert fine.shape == (1, 2, 32, 16, 32)
    answers = network.answers(network.merged(coarse, fine))
    assert torch.equal(answers, network(channels))
