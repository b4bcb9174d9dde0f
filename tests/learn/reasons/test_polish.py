"""Polishing ends where the optimality conditions hold, and its gradient is that of the whole."""

from dataclasses import replace

import pytest
import torch

from neuroscope.learn.reasons import objective as module
from neuroscope.learn.reasons.objective import (
    Material,
    Objective,
    batch_problem,
    gathered,
    judged,
    multipliers_at,
)
from neuroscope.learn.reasons.polish import polish
from neuroscope.learn.reasons.retrain import retrain
from neuroscope.learn.reasons.run import RetrainConfig
from neuroscope.learn.reasons.tiers import Tier, cached, opened, trained_weights

BRIEF = RetrainConfig(
    steps=8, annotated_batch=6, replay_batch=9, look_every=4, fast=False, tier="head"
)


def given(network, replayed, marked, tier: Tier):
    """A network opened for a tier, with its objective, replayed slices and annotated ones."""
    copy = opened(network, tier)
    cases, annotated = replayed(12), marked(6)
    replay = Material(cached(copy, tier, cases.images), torch.from_numpy(cases.labels))
    few = Material(
        cached(copy, tier, annotated.cases.images),
        torch.from_numpy(annotated.cases.labels),
        annotated.masks,
    )
    start = {name: value.detach().clone() for name, value in trained_weights(copy).items()}
    aims = Objective(
        aim="energy",
        tier=tier,
        classes=(0, 1, 3),
        limits=judged(copy, _no_limits(start, tier), replay).class_losses + 0.05,
        start=start,
        classification=1.0,
        stay=1e-3,
        usual_evidence=0.0,
        fast=False,
    )
    return copy, aims, replay, few


def _no_limits(start, tier: Tier) -> Objective:
    return Objective("none", tier, (0, 1, 3), torch.zeros(3), start, 1.0, 0.0, 0.0, False)


@pytest.mark.parametrize("tier", ["head", "last"])
@pytest.mark.parametrize("batch", [2, 48])
def test_the_gathered_gradient_is_that_of_the_whole(
    tier, batch, network, replayed, marked, monkeypatch
):
    copy, aims, replay, few = given(network, replayed, marked, tier)
    pressures = torch.tensor([0.0, 2.0, 0.5])
    weights = list(trained_weights(copy).values())
    total, violations = batch_problem(copy, aims, replay, few)
    wanted = torch.autograd.grad(total + (pressures * violations).sum(), weights)
    monkeypatch.setattr(module, "BATCH", batch)
    value = gathered(copy, aims, replay, few, pressures)
    assert value == pytest.approx(float(total.detach()), rel=1e-4)
    for weight, slope in zip(weights, wanted, strict=True):
        assert weight.grad is not None
        assert torch.allclose(weight.grad, slope, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("tier", ["head", "last"])
def test_the_conditions_hold_where_polishing_ends(tier, network, replayed, marked):
    copy, aims, replay, few = given(network, replayed, marked, tier)
    before = multipliers_at(copy, aims, replay, few)[1]
    found = polish(copy, aims, replay, few, evaluations=400)
    assert not before.holds
    assert found.optimality.holds
    assert 0 < found.evaluations < 400
    again = multipliers_at(copy, aims, replay, few)[1]
    assert again.residual == pytest.approx(found.optimality.residual)
    assert bool((judged(copy, aims, replay).class_losses <= aims.limits + 1e-2).all())


def test_a_bound_that_binds_is_kept_with_a_multiplier(network, replayed, marked):
    copy, aims, replay, few = given(network, replayed, marked, "head")
    aims = replace(aims, classification=0.0, limits=aims.limits - 0.05)
    found = polish(copy, aims, replay, few, evaluations=400)
    assert found.optimality.holds
    assert float(found.multipliers.max()) > 0
    assert bool((judged(copy, aims, replay).class_losses <= aims.limits).all())


def test_it_spends_no_more_than_it_was_given(network, replayed, marked):
    copy, aims, replay, few = given(network, replayed, marked, "last")
    fractions: list[float] = []
    found = polish(copy, aims, replay, few, evaluations=3, progress=fractions.append)
    assert 0 < found.evaluations <= 3
    assert not found.optimality.holds
    assert fractions
    assert fractions[-1] <= 1


def test_a_retraining_of_the_head_ends_at_a_stationary_point_and_says_so(network, marked, replayed):
    config = replace(BRIEF, epsilon=1.0, polish=400)
    found = retrain(network, marked(15), replayed(24), config)
    assert found.status == "feasible"
    assert found.kkt.residual < 1e-2
    kept = next(look for look in found.history if look.step == found.step)
    assert kept.feasible
    assert found.step > config.steps


def test_without_polishing_it_says_that_the_weights_are_not_stationary(network, marked, replayed):
    plain = retrain(network, marked(15), replayed(24), replace(BRIEF, epsilon=1.0, polish=0))
    assert plain.status == "feasible, not stationary"
    assert plain.kkt.residual >= 1e-2
    again = retrain(network, marked(15), replayed(24), replace(BRIEF, epsilon=1.0, polish=0))
    assert again.weights_sha256 == plain.weights_sha256


def test_polishing_that_harms_held_out_patients_is_not_kept(network, marked, replayed):
    found = retrain(network, marked(15), replayed(24), replace(BRIEF, epsilon=1.0, polish=400))
    best = min(look.criterion for look in found.history if look.feasible)
    kept = next(look for look in found.history if look.step == found.step)
    assert kept.criterion <= 1.02 * best
