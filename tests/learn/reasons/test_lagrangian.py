"""The multipliers are right where the answer is known."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from neuroscope.learn.reasons.lagrangian import DualConfig, DualName, optimality, solve

RULES: tuple[DualName, ...] = ("augmented", "mdmm", "nupi")


def of_rule(rule: DualName) -> DualConfig:
    return DualConfig(rule=rule, smoothing=0.0)


@pytest.mark.parametrize("rule", RULES)
def test_the_parabola_stops_at_its_bound_with_multiplier_two(rule: DualName):
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    found = solve(lambda: (((x - 2) ** 2).sum(), x - 1), [x], config=of_rule(rule))
    assert found.status == "feasible"
    assert x.item() == pytest.approx(1, abs=1e-3)
    assert found.multipliers.item() == pytest.approx(2, abs=1e-3)


@pytest.mark.parametrize("rule", RULES)
def test_a_bound_that_does_not_bind_has_no_multiplier(rule: DualName):
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    found = solve(lambda: (((x - 2) ** 2).sum(), x - 5), [x], config=of_rule(rule))
    assert x.item() == pytest.approx(2, abs=1e-3)
    assert found.multipliers.item() == 0


def test_of_two_bounds_only_the_tighter_one_presses():
    x = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    found = solve(
        lambda: (((x - 2) ** 2).sum(), torch.stack([x[0] - 1, x.sum() - 9])),
        [x],
        config=of_rule("augmented"),
    )
    assert x.tolist() == pytest.approx([1, 2], abs=1e-3)
    assert found.multipliers.tolist() == pytest.approx([2, 0], abs=1e-3)


@pytest.mark.parametrize("rule", RULES)
def test_logistic_regression_under_a_bound_agrees_with_slsqp(rule: DualName):
    rng = np.random.default_rng(3)
    features = rng.normal(size=(200, 10))
    truth = (features @ rng.normal(size=10) + rng.normal(size=200) > 0).astype(float)
    x, y = torch.from_numpy(features), torch.from_numpy(truth)
    target = torch.from_numpy(rng.normal(size=10) * 0.3)
    slack = 0.45

    def problem(w: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        entropy = torch.nn.functional.binary_cross_entropy_with_logits(x @ w, y)
        return ((w - target) ** 2).sum() / 2, (entropy - slack)[None]

    def numbers(point: np.ndarray, which: int) -> tuple[float, np.ndarray]:
        w = torch.from_numpy(point).requires_grad_()
        value = problem(w)[which].sum()
        value.backward()
        return value.item(), w.grad.numpy()

    expected = minimize(
        lambda p: numbers(p, 0)[0],
        np.zeros(10),
        jac=lambda p: numbers(p, 0)[1],
        method="SLSQP",
        constraints={
            "type": "ineq",
            "fun": lambda p: -numbers(p, 1)[0],
            "jac": lambda p: -numbers(p, 1)[1],
        },
        options={"ftol": 1e-12, "maxiter": 500},
    )
    assert expected.success
    w = torch.zeros(10, dtype=torch.float64, requires_grad=True)
    found = solve(lambda: problem(w), [w], config=of_rule(rule), learning_rate=0.1)
    assert found.status == "feasible"
    assert found.optimality.residual < 1e-2
    assert found.multipliers.item() > 0.1
    assert np.abs(w.detach().numpy() - expected.x).max() < 1e-3


def test_bounds_that_exclude_each_other_are_called_infeasible_and_nothing_moves():
    x = torch.full((1,), 0.3, dtype=torch.float64, requires_grad=True)
    found = solve(
        lambda: ((x**2).sum(), torch.cat([x + 1, 1 - x])), [x], steps=500, learning_rate=0.005
    )
    assert found.status == "infeasible"
    assert x.item() == 0.3


def test_the_residual_tells_its_three_parts_apart():
    x = torch.full((1,), 3.0, dtype=torch.float64, requires_grad=True)
    parts = optimality(
        lambda: (((x - 2) ** 2).sum(), x - 1), [x], torch.tensor([0.5], dtype=torch.float64)
    )
    assert parts.stationarity == pytest.approx(2.5)
    assert parts.infeasibility == pytest.approx(2)
    assert parts.complementarity == pytest.approx(1)
    assert parts.residual == pytest.approx(2.5)
