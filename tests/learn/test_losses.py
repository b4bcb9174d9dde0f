"""What the losses reward, and that unknown masks weigh nothing."""

import pytest
import torch

from neuroscope.learn.augment import Batch
from neuroscope.learn.losses import LossWeights, evidence_losses, targets_at_places
from neuroscope.models.classes import NO_TUMOR
from neuroscope.models.evidence import Places, pooling_weight

SIDE = 16


def batch(*, known: float = 1.0) -> Batch:
    mask = torch.zeros(2, 1, 64, 64)
    mask[0, 0, 16:32, 16:32] = 1
    image = torch.zeros(2, 1, 64, 64)
    label = torch.tensor([0, NO_TUMOR])
    return Batch(image, torch.ones(2, 1, 64, 64), mask, torch.full((2,), known), label)


def perfect(case: Batch) -> Places:
    """Places that look exactly at the tumor and know its class."""
    cover = targets_at_places(case, SIDE).cover
    gate_logit = (cover - 0.5) * 40
    evidence = torch.full((2, 4, SIDE, SIDE), -10.0)
    evidence[:, NO_TUMOR] = torch.where(cover[:, 0] > 0.5, -10.0, 10.0)
    evidence[:, 0] = torch.where(cover[:, 0] > 0.5, 10.0, -10.0)
    weight = pooling_weight(gate_logit, "sigmoid")
    return Places(torch.zeros(2, 1, SIDE, SIDE), evidence, gate_logit, weight, torch.zeros(2, 1))


def test_perfect_places_cost_next_to_nothing():
    weights = LossWeights(label_smoothing=0.0)
    terms = evidence_losses(perfect(batch()), batch(), weights, "sigmoid")
    assert set(terms) == {"answer", "place", "energy", "overlap", "gate"}
    assert all(float(term) < 0.02 for term in terms.values())


def test_looking_beside_the_tumor_costs():
    good = perfect(batch())
    shifted = Places(*(torch.roll(t, 6, -1) if t.ndim == 4 else t for t in good))
    right = evidence_losses(good, batch(), LossWeights(), "sigmoid")
    wrong = evidence_losses(shifted, batch(), LossWeights(), "sigmoid")
    for name in ("place", "energy", "overlap", "gate"):
        assert float(wrong[name]) > float(right[name]) + 0.05


def test_unknown_masks_give_no_loss_and_no_gradient():
    good = perfect(batch())
    evidence = good.evidence.clone().requires_grad_()
    gate_logit = good.gate_logit.clone().requires_grad_()
    weight = pooling_weight(gate_logit, "sigmoid")
    places = Places(good.features, evidence, gate_logit, weight, good.deep)
    terms = evidence_losses(places, batch(known=0.0), LossWeights(), "sigmoid")
    rest = terms["place"] + terms["energy"] + terms["overlap"] + terms["gate"]
    assert rest.item() == 0
    rest.backward()
    assert evidence.grad is not None
    assert evidence.grad.abs().max() == 0


def test_one_vector_added_to_all_classes_moves_no_map_loss():
    good = perfect(batch())
    moved = good._replace(evidence=good.evidence + torch.randn(1, 1, SIDE, SIDE) * 3)
    before = evidence_losses(good, batch(), LossWeights(), "sigmoid")
    after = evidence_losses(moved, batch(), LossWeights(), "sigmoid")
    for name, term in before.items():
        assert float(after[name]) == pytest.approx(float(term), abs=1e-5)


def test_a_tiny_tumor_keeps_its_largest_place():
    case = batch()
    case.mask.zero_()
    case.mask[0, 0, 16:18, 16:18] = 1  # a quarter of one place
    aim = targets_at_places(case, SIDE)
    assert aim.sharp[0].sum() == 1
    assert aim.lesion.tolist() == [1, 0]
