"""The comparison networks: same outputs, and a map that is Grad-CAM."""

import pytest
import torch

from neuroscope.models.baselines import Baseline, build_baseline

pytestmark = pytest.mark.filterwarnings("ignore")  # MONAI warns while it is imported


@pytest.mark.parametrize("name", ["resnet18", "efficientnet_b0", "resnet50"])
def test_the_map_is_captums_grad_cam_and_sums_to_the_logits(name: Baseline):
    from captum.attr import LayerGradCam

    torch.manual_seed(0)
    net = build_baseline(name).eval()
    x = torch.rand(2, 1, 96, 96)
    answer = net(x)
    places = answer.evidence.shape[2] * answer.evidence.shape[3]
    assert answer.logits.shape == (2, 4)
    centered = answer.logits - answer.logits.mean(1, keepdim=True)
    tolerance = 1e-5 * max(1.0, float(answer.logits.abs().max()))
    assert (answer.evidence.sum((2, 3)) - centered).abs().max() < tolerance

    def centered_logits(image: torch.Tensor) -> torch.Tensor:
        logits = net(image).logits
        return logits - logits.mean(1, keepdim=True)

    cam = LayerGradCam(centered_logits, net.trunk)
    bias = (net.head.bias - net.head.bias.mean()).detach() / places
    for label in range(4):
        expected = cam.attribute(x, target=label, relu_attributions=False).detach()[:, 0]
        assert (answer.evidence[:, label] - bias[label] - expected).abs().max() < tolerance


def test_the_residual_stem_halves_the_input():
    assert build_baseline("resnet18").eval()(torch.rand(1, 1, 64, 64)).evidence.shape[2:] == (2, 2)
