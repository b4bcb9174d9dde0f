"""The gradients that the multipliers are fitted to are those of the whole, whatever the batches."""

from dataclasses import replace

import pytest
import torch

from neuroscope.learn.reasons import objective as module
from neuroscope.learn.reasons.objective import (
    Material,
    Objective,
    batch_problem,
    judged,
    judged_reasons,
    multipliers_at,
)
from neuroscope.learn.reasons.tiers import cached, opened, trained_weights


@pytest.fixture
def given(network, replayed, marked):
    """A network with its objective, replayed slices and annotated ones."""
    copy = opened(network, "last")
    cases, annotated = replayed(9), marked(6)
    replay = Material(cached(copy, "last", cases.images), torch.from_numpy(cases.labels))
    few = Material(
        cached(copy, "last", annotated.cases.images),
        torch.from_numpy(annotated.cases.labels),
        annotated.masks,
        torch.from_numpy(annotated.cases.images)[:, None].float() / 255,
    )
    start = {name: value.detach().clone() for name, value in trained_weights(copy).items()}
    aims = Objective(
        aim="energy",
        tier="last",
        classes=(0, 1, 3),
        limits=torch.zeros(3),
        start=start,
        classification=1.0,
        stay=0.1,
        usual_evidence=0.0,
        fast=False,
    )
    return copy, aims, replay, few


def test_what_a_step_sees_is_what_a_look_sees(given):
    network, aims, replay, few = given
    total, violations = batch_problem(network, aims, replay, few)
    verdict, reasons = judged(network, aims, replay), judged_reasons(network, aims, few)
    assert violations.detach().tolist() == pytest.approx(verdict.class_losses.tolist(), abs=1e-5)
    expected = float(verdict.class_losses.mean()) + reasons.loss
    assert float(total.detach()) == pytest.approx(expected, abs=1e-5)


def test_moving_away_from_the_start_costs(given):
    network, aims, replay, _ = given
    before = float(batch_problem(network, aims, replay, None)[0].detach())
    free = float(batch_problem(network, replace(aims, stay=0.0), replay, None)[0].detach())
    assert before == free
    with torch.no_grad():
        network.head.bias += 2.0  # the same for all classes: no answer changes
    moved = float(batch_problem(network, aims, replay, None)[0].detach())
    assert moved == pytest.approx(free + 0.05 * 4 * 4, rel=1e-4)


@pytest.mark.parametrize("aim", ["energy", "rrr_input"])
@pytest.mark.parametrize("batch", [2, 48])
def test_gradients_gathered_in_batches_are_those_of_the_whole(given, aim, batch, monkeypatch):
    network, aims, replay, few = given
    monkeypatch.setattr(module, "BATCH", batch)
    losses = judged(network, aims, replay).class_losses
    aims = replace(aims, aim=aim, limits=losses + torch.tensor([0.0, 1.0, -0.001]))
    multipliers, kkt = multipliers_at(network, aims, replay, few)
    assert multipliers[1] == 0  # there is room
    total, violations = batch_problem(network, aims, replay, few)
    weights = list(trained_weights(network).values())
    slopes = torch.autograd.grad(total + (multipliers * violations).sum(), weights)
    largest = max(float(slope.abs().max()) for slope in slopes)
    assert kkt.stationarity == pytest.approx(largest, rel=1e-3, abs=1e-6)
    assert kkt.infeasibility == pytest.approx(0.001, abs=1e-5)


def test_the_share_of_evidence_is_of_slices_with_a_tumor(given):
    network, aims, _, few = given
    reasons = judged_reasons(network, aims, few)
    maps = reasons.maps.relu()
    rows = few.labels != 3
    shares = (maps * few.masks.evidence).sum((1, 2)) / maps.sum((1, 2))
    assert reasons.energy == pytest.approx(float(shares[rows].mean()), rel=1e-4)
