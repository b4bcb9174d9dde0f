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
