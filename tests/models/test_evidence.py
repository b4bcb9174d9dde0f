"""The explanation is the decision: contributions sum to the scores, places are where they claim."""

import numpy as np
import pytest
import torch

from neuroscope.models.evidence import (
    GRAY_MEAN,
    EvidenceNetwork,
    EvidenceShape,
    Pooling,
    pooling_weight,
)

POOLINGS: tuple[Pooling, ...] = ("mean", "softmax", "sigmoid")


def network(pooling: Pooling = "sigmoid", size: int = 64) -> EvidenceNetwork:
    torch.manual_seed(1)
    shape = EvidenceShape(widths=(8, 12, 16, 16), neck=8, pooling=pooling, input_size=size)
    return EvidenceNetwork(shape).eval()


def images(n: int = 3, size: int = 64) -> torch.Tensor:
    return torch.rand(n, 1, size, size, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_shapes_in_and_out(pooling: Pooling):
    answer = network(pooling)(images())
    assert answer.logits.shape == (3, 4)
    assert answer.evidence.shape == (3, 4, 16, 16)
    assert answer.embedding.shape == (3, 8 + 16)


@pytest.mark.parametrize("pooling", POOLINGS)
@torch.no_grad()
def test_contributions_sum_to_the_centered_logits(pooling: Pooling):
    answer = network(pooling)(images())
    centered = answer.logits - answer.logits.mean(1, keepdim=True)
    assert (answer.evidence.sum((2, 3)) - centered).abs().max() < 1e-5


@pytest.mark.parametrize("pooling", POOLINGS)
@torch.no_grad()
def test_contributions_of_all_classes_cancel_at_every_place(pooling: Pooling):
    assert network(pooling)(images()).evidence.sum(1).abs().max() < 1e-6


@pytest.mark.parametrize("pooling", POOLINGS)
@torch.no_grad()
def test_one_vector_added_to_all_class_weights_changes_no_map(pooling: Pooling):
    net = network(pooling)
    before = net(images())
    net.head.weight += 3 * torch.randn(1, *net.head.weight.shape[1:])
    net.head.bias += 1.7
    after = net(images())
    assert (after.evidence - before.evidence).abs().max() < 1e-5
    p_before, p_after = before.logits.softmax(1), after.logits.softmax(1)
    assert (p_after - p_before).abs().max() < 1e-5


@torch.no_grad()
def test_logits_are_linear_in_the_first_part_of_the_embedding():
    net = network()
    answer = net(images())
    summary = answer.embedding[:, : net.shape.neck]
    logits = summary @ net.head.weight[:, :, 0, 0].T + net.head.bias
    assert (logits - answer.logits).abs().max() < 1e-5


def test_mean_pooled_map_is_captums_grad_cam_plus_the_share_of_the_bias():
    from captum.attr import LayerGradCam

    net = network("mean")
    x = images()

    def centered_logits(image: torch.Tensor) -> torch.Tensor:
        logits = net(image).logits
        return logits - logits.mean(1, keepdim=True)

    cam = LayerGradCam(centered_logits, net.refine)
    evidence = net(x).evidence.detach()
    bias = (net.head.bias - net.head.bias.mean()).detach() / (16 * 16)
    for label in range(4):
        expected = cam.attribute(x, target=label, relu_attributions=False).detach()[:, 0]
        assert (evidence[:, label] - bias[label] - expected).abs().max() < 1e-5


def test_cells_are_centered_where_declared():
    net = network(size=128)
    torch.manual_seed(3)
    for parameter in net.parameters():  # positive weights: no place cancels another
        parameter.data = parameter.data.abs()
    x = images(1, 128).requires_grad_()
    places = net.places(x).evidence[0, 0]
    # Top-down features serve 8 x 8 places at once: their centers agree over such a block only.
    block = slice(12, 20)
    (gradient,) = torch.autograd.grad(places[block, block].sum(), x)
    mass = gradient[0, 0].abs().double().numpy()
    axis = np.arange(128)
    row = (mass.sum(1) * axis).sum() / mass.sum()
    column = (mass.sum(0) * axis).sum() / mass.sum()
    declared = net.centers.offset + net.centers.jump * np.mean(np.arange(12, 20))
    assert abs(row - declared) < 1
    assert abs(column - declared) < 1


@torch.no_grad()
def test_moving_the_picture_by_whole_blocks_moves_the_map_by_whole_places():
    net = network(size=128)
    net.gate.weight.zero_()
    x = torch.full((1, 1, 128, 128), GRAY_MEAN)  # what the padding of the layers stands for
    x[0, 0, 50:62, 48:60] = torch.rand(12, 12)
    moved = torch.roll(x, (16, 16), (2, 3))
    first, second = net.places(x).evidence, net.places(moved).evidence
    inner = slice(8, 20)
    shifted = torch.roll(first, (4, 4), (2, 3))
    assert (shifted - second)[..., inner, inner].abs().max() < 1e-4


@pytest.mark.parametrize("pooling", POOLINGS)
def test_weights_sum_to_one(pooling: Pooling):
    weight = pooling_weight(torch.randn(5, 1, 7, 9) * 4, pooling)
    assert (weight.sum((2, 3)) - 1).abs().max() < 1e-5
    assert weight.min() >= 0


def test_nonsense_shapes_are_refused():
    with pytest.raises(ValueError, match="multiple of 32"):
        EvidenceShape(input_size=150)
