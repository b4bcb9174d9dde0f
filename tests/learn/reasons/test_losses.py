"""What the losses reward, what they leave alone, and that no bookkeeping can lower them."""

import pytest
import torch

from neuroscope.learn.reasons.cells import CellMasks
from neuroscope.learn.reasons.losses import MAP_LOSSES, MapLossName, reasons_loss, rrr_input_loss
from neuroscope.models.classes import NO_TUMOR
from neuroscope.models.evidence import EvidenceNetwork, Pooling

SIDE, CELLS = 32, 8
NAMES = tuple(MAP_LOSSES)
LABELS = torch.tensor([0, 1])


def masks(weight: tuple[float, float] = (1.0, 1.0)) -> CellMasks:
    evidence = torch.zeros(2, CELLS, CELLS)
    evidence[:, 3:6, 4:7] = 1
    ignored = torch.zeros(2, CELLS, CELLS)
    ignored[:, :2, :3] = 1
    return CellMasks(evidence, ignored, torch.full((2,), 0.25), torch.tensor(weight))


def on(rows: slice, columns: slice, level: float = 1.0) -> torch.Tensor:
    """Contributions to the true classes alone, at some places; centered."""
    maps = torch.zeros(2, 4, CELLS, CELLS)
    maps[torch.arange(2), LABELS, rows, columns] = level
    return maps - maps.mean(1, keepdim=True)


@pytest.mark.parametrize("name", NAMES)
def test_looking_where_readers_looked_costs_less_than_looking_where_they_said_not_to(name):
    right = reasons_loss(name, on(slice(3, 6), slice(4, 7)), LABELS, masks())
    wrong = reasons_loss(name, on(slice(0, 2), slice(0, 3)), LABELS, masks())
    assert float(right) < 0.02
    assert float(wrong) > float(right) + 0.1


def test_energy_of_an_even_map_is_what_the_formula_says():
    even = on(slice(None), slice(None))
    wanted, ignored, rest = 9, 6, 64 - 15
    expected = 1 - wanted / (wanted + ignored + 0.25 * rest) + ignored / 64
    assert float(reasons_loss("energy", even, LABELS, masks())) == pytest.approx(expected, abs=1e-4)


def test_negative_evidence_on_ignored_places_is_reliance_too():
    good = on(slice(3, 6), slice(4, 7))
    leaning = good + on(slice(0, 2), slice(0, 3), level=-1.0)
    there = reasons_loss("energy", leaning, LABELS, masks())
    assert float(there) > float(reasons_loss("energy", good, LABELS, masks())) + 0.2


@pytest.mark.parametrize("name", NAMES)
def test_slices_of_weight_zero_have_no_loss_and_no_gradient(name):
    maps = torch.randn(2, 4, CELLS, CELLS, generator=torch.Generator().manual_seed(0))
    maps.requires_grad_()
    both = reasons_loss(name, maps, LABELS, masks((1.0, 0.0)), usual_evidence=1.0)
    alone = reasons_loss(
        name, maps[:1], LABELS[:1], masks().select(torch.tensor([0])), usual_evidence=1.0
    )
    assert both.item() == alone.item()
    both.backward()
    assert maps.grad[1].abs().max() == 0
    assert maps.grad[0].abs().max() > 0


@pytest.mark.parametrize("name", NAMES)
def test_without_annotations_loss_and_gradient_are_exactly_zero(name):
    maps = torch.randn(2, 4, CELLS, CELLS, requires_grad=True)
    loss = reasons_loss(name, maps, LABELS, masks((0.0, 0.0)), usual_evidence=1.0)
    assert loss.item() == 0
    loss.backward()
    assert maps.grad.abs().max() == 0


def test_trust_in_readers_weighs_their_slices():
    maps = torch.cat([on(slice(3, 6), slice(4, 7))[:1], on(slice(0, 2), slice(0, 3))[1:]])
    each = [
        float(reasons_loss("energy", maps, LABELS, masks(weight)))
        for weight in ((1.0, 0.0), (0.0, 1.0), (1.0, 3.0))
    ]
    assert each[2] == pytest.approx((each[0] + 3 * each[1]) / 4)


def test_on_slices_without_tumor_only_what_to_ignore_counts():
    labels = torch.tensor([NO_TUMOR, NO_TUMOR])
    maps = torch.zeros(2, 4, CELLS, CELLS)
    maps[:, NO_TUMOR, 7, 7] = 1  # beside both marks
    assert float(reasons_loss("energy", maps, labels, masks())) == 0


def test_a_vanishing_map_costs_more_than_a_map_of_the_usual_strength():
    usual = on(slice(3, 6), slice(4, 7))
    level = float(usual[0, 0].relu().sum())
    strong = reasons_loss("energy", usual, LABELS, masks(), usual_evidence=level)
    faint = reasons_loss("energy", usual * 1e-2, LABELS, masks(), usual_evidence=level)
    none = reasons_loss("energy", usual * 0, LABELS, masks(), usual_evidence=level)
    assert float(strong) < 0.02
    assert float(faint) > 0.8
    assert float(none) > float(faint)


@pytest.mark.parametrize("pooling", ["mean", "softmax", "sigmoid"])
@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_one_vector_added_to_all_class_weights_changes_no_loss(
    name, pooling: Pooling, build, marked
):
    network = build(pooling)
    given = marked(6)
    images = torch.from_numpy(given.cases.images)[:, None].float() / 255
    labels = torch.from_numpy(given.cases.labels)

    def loss() -> float:
        return float(reasons_loss(name, network(images).evidence, labels, given.masks))

    before = loss()
    network.head.weight += 3 * torch.randn(1, *network.head.weight.shape[1:])
    network.head.bias += 1.7
    assert loss() == pytest.approx(before, abs=1e-5)


def test_a_loss_on_maps_that_are_not_centered_could_be_lowered_for_nothing():
    """The attack that centering answers: raw maps move, answers do not."""
    maps = on(slice(0, 2), slice(0, 3))
    bribe = torch.zeros(1, 1, CELLS, CELLS)
    bribe[..., 3:6, 4:7] = 5
    raw = maps + bribe  # the same for all classes: no probability changes
    assert torch.allclose(raw.sum((2, 3)).softmax(1), maps.sum((2, 3)).softmax(1))
    before = float(reasons_loss("energy", maps, LABELS, masks()))
    assert float(reasons_loss("energy", raw, LABELS, masks())) < before - 0.5
    centered = raw - raw.mean(1, keepdim=True)
    assert float(reasons_loss("energy", centered, LABELS, masks())) == pytest.approx(before)


def test_with_mean_pooling_contributions_are_the_closed_form_of_class_activation_maps(build):
    network = build("mean")
    images = torch.rand(3, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        places = network.places(images)
        centered = network.head.weight[:, :, 0, 0] - network.head.weight[:, :, 0, 0].mean(0)
        bias = network.head.bias - network.head.bias.mean()
        closed = torch.einsum("kc,nchw->nkhw", centered, places.features) + bias[:, None, None]
        assert (network(images).evidence - closed / CELLS**2).abs().max() < 1e-6


def test_with_mean_pooling_contributions_are_grad_cam_before_its_relu(build):
    network = build("mean")
    images = torch.rand(1, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(2))
    top, deep = network.trunk(images)
    features = network.refine(top).detach().requires_grad_()
    places = network.weighed(features, deep)
    logits = (places.weight * places.evidence).sum((2, 3))
    centered = logits[0, 1] - logits[0].mean()
    (slope,) = torch.autograd.grad(centered, features)
    grad_cam = (slope.mean((2, 3), keepdim=True) * features).sum(1)
    bias = (network.head.bias[1] - network.head.bias.mean()) / CELLS**2
    with torch.no_grad():
        assert (network(images).evidence[:, 1] - grad_cam - bias).abs().max() < 1e-6


def test_the_input_loss_is_ross_s_formula(network: EvidenceNetwork, marked):
    given = marked(2)
    images = torch.from_numpy(given.cases.images)[:, None].float() / 255
    loss = rrr_input_loss(network, images, given.masks)
    expected = []
    for image, ignored in zip(images, given.masks.not_evidence, strict=True):
        asked = image[None].clone().requires_grad_()
        network(asked).logits.log_softmax(1).sum().backward()
        pixels = ignored.repeat_interleave(4, 0).repeat_interleave(4, 1)
        expected.append(float(((pixels * asked.grad[0, 0]) ** 2).sum()))
    assert float(loss.detach()) == pytest.approx(sum(expected) / 2, rel=1e-4)
    loss.backward()
    assert network.head.weight.grad.abs().max() > 0


def test_the_input_loss_without_ignored_places_is_exactly_zero(network: EvidenceNetwork, marked):
    given = marked(2, weight=0.0)
    images = torch.zeros(2, 1, SIDE, SIDE)
    assert rrr_input_loss(network, images, given.masks).item() == 0


def test_every_named_loss_is_known():
    names: tuple[MapLossName, ...] = ("energy", "rrr_cam", "hint", "l1")
    assert names == NAMES
