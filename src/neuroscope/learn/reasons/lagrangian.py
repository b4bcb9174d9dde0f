"""Lower an objective while inequality constraints hold, by first-order steps.

Minimize f(x) subject to g_c(x) <= 0. The weights descend on f + sum_c pressure_c g_c; the pressure
follows the multipliers, which rise while a constraint is broken and fall back to zero where it does
not bind. Three rules for the multipliers are known here:

- ``augmented``: raised every few steps by the penalty times the violation (Nocedal & Wright 2006,
  section 17.4), the penalty doubled while violations do not shrink;
- ``mdmm``: raised a little with every step, damped by the penalty (Platt & Barr 1988);
- ``nupi``: raised by the violation and by its change (Sohrabi et al. 2024, arXiv:2406.04558).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import torch
from torch import Tensor

MOST_RESIDUAL = 1e-2  # of the optimality conditions, above which nothing was solved

DualName = Literal["augmented", "mdmm", "nupi"]
Problem = Callable[[], tuple[Tensor, Tensor]]
"""Gives f (a scalar) and g (one number per constraint) at the present weights."""


@dataclass(frozen=True, kw_only=True)
class DualConfig:
    """How the multipliers follow the violations."""

    rule: DualName = "augmented"
    every: int = 10  # steps of the weights for one of the multipliers (`augmented`)
    smoothing: float = 0.8  # share of the past in the violations that the rules read
    penalty: float = 1.0
    largest_penalty: float = 100.0
    rate: float = 0.05  # of the multipliers (`mdmm`, `nupi`)
    proportional: float = 1.0  # answer of `nupi` to the change of the violation

    def __post_init__(self) -> None:
        if self.every < 1 or min(self.penalty, self.rate) <= 0 or not 0 <= self.smoothing < 1:
            raise ValueError("every is 1 or more, penalty and rate positive, smoothing in 0..1.")


class DualState(NamedTuple):
    """What the rules remember from step to step; tensors have shape ``(constraints,)``."""

    multipliers: Tensor
    smoothed: Tensor  # running mean of the violations, nan before the first
    penalty: float
    worst: float  # largest violation at the last rise of the multipliers; inf before the first


class Step(NamedTuple):
    """One step of the weights."""

    number: int  # counted from 0
    objective: float
    violations: Tensor  # g, at the weights before the step
    state: DualState  # after the step


def started(constraints: int, config: DualConfig, *, like: Tensor | None = None) -> DualState:
    """Begin without pressure."""
    zero = torch.zeros(constraints) if like is None else torch.zeros_like(like)
    return DualState(zero, torch.full_like(zero, math.nan), config.penalty, math.inf)


def descend(
    problem: Problem,
    optimizer: torch.optim.Optimizer,
    state: DualState,
    *,
    config: DualConfig,
    first: int = 0,
) -> Iterator[Step]:
    """Step for as long as the caller asks; yield after every step.

    Parameters
    ----------
    problem
        Evaluated once per step, on whatever part of the data it likes.
    optimizer
        Holds the weights and changes them in place.
    state
        Where the multipliers stand; `started` gives a fresh one.
    first
        Number of the first step, so that a resumed run keeps its rhythm.
    """
    number = first
    while True:
        objective, violations = problem()
        state = _observed(state, violations.detach(), config)
        optimizer.zero_grad(set_to_none=True)
        total = objective + (pressure(state, config) * violations).sum()
        total.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        state = _raised(state, config, number)
        yield Step(number, float(objective.detach()), violations.detach(), state)
        number += 1


def pressure(state: DualState, config: DualConfig) -> Tensor:
    """Give how strongly every constraint pushes: the gradient of the augmented term by g."""
    if config.rule == "nupi":
        return state.multipliers
    return torch.relu(state.multipliers + state.penalty * state.smoothed)


def _observed(state: DualState, violations: Tensor, config: DualConfig) -> DualState:
    past = torch.where(state.smoothed.isnan(), violations, state.smoothed)
    smoothed = config.smoothing * past + (1 - config.smoothing) * violations
    if config.rule != "nupi":
        return state._replace(smoothed=smoothed)
    change = config.proportional * (smoothed - past)
    return state._replace(
        multipliers=torch.relu(state.multipliers + config.rate * (violations + change)),
        smoothed=smoothed,
    )


def _raised(state: DualState, config: DualConfig, number: int) -> DualState:
    if config.rule == "mdmm":
        return state._replace(
            multipliers=torch.relu(state.multipliers + config.rate * state.smoothed)
        )
    if config.rule == "nupi" or (number + 1) % config.every:
        return state
    worst = max(0.0, float(state.smoothed.max()))
    stuck = worst > 1e-3 and worst > 0.5 * state.worst
    return DualState(
        multipliers=torch.relu(state.multipliers + state.penalty * state.smoothed),
        smoothed=state.smoothed,
        penalty=min(2 * state.penalty, config.largest_penalty) if stuck else state.penalty,
        worst=worst,
    )


class Optimality(NamedTuple):
    """How far a point is from the conditions of Karush, Kuhn and Tucker; largest entries."""

    stationarity: float  # of grad f + sum_c multiplier_c grad g_c
    infeasibility: float  # of g, where positive
    complementarity: float  # of multiplier times g

    @property
    def residual(self) -> float:
        """The largest of the three."""
        return max(self)

    @property
    def holds(self) -> bool:
        """Tell whether the point counts as a solution."""
        return self.residual < MOST_RESIDUAL


def optimality(problem: Problem, weights: Sequence[Tensor], multipliers: Tensor) -> Optimality:
    """Measure the conditions at the present weights; ``problem`` must see all of the data."""
    objective, violations = problem()
    total = objective + (multipliers * violations).sum()
    slopes = torch.autograd.grad(total, list(weights), allow_unused=True)
    violations = violations.detach()
    return Optimality(
        max((float(slope.abs().max()) for slope in slopes if slope is not None), default=0.0),
        max(0.0, float(violations.max())) if len(violations) else 0.0,
        float((multipliers * violations).abs().max()) if len(violations) else 0.0,
    )


@dataclass(frozen=True, slots=True)
class Solution:
    """Where `solve` ended."""

    status: Literal["feasible", "infeasible"]
    multipliers: Tensor
    optimality: Optimality
    steps: int


def solve(
    problem: Problem,
    weights: Sequence[Tensor],
    *,
    config: DualConfig | None = None,
    learning_rate: float = 0.05,
    steps: int = 4000,
    tolerance: float = 1e-4,
) -> Solution:
    """Solve a small smooth problem in place, until its optimality conditions hold.

    Notes
    -----
    "infeasible" is said whenever the conditions do not hold to 1e-2 at the end, and the weights are
    then what they were at the start.
    """
    config = config or replace(DualConfig(), smoothing=0.0)
    start = [weight.detach().clone() for weight in weights]
    optimizer = torch.optim.SGD(list(weights), lr=learning_rate)
    with torch.no_grad():
        like = problem()[1]
    number, found = 0, Optimality(math.inf, math.inf, math.inf)
    state = started(len(like), config, like=like)
    for step in descend(problem, optimizer, state, config=config):
        number, state = step.number, step.state
        if (number + 1) % 50 == 0:
            found = optimality(problem, weights, state.multipliers)
            if found.residual < tolerance:
                break
        if number + 1 >= steps:
            break
    if found.holds:
        return Solution("feasible", state.multipliers, found, number + 1)
    with torch.no_grad():
        for weight, before in zip(weights, start, strict=True):
            weight.copy_(before)
    return Solution("infeasible", state.multipliers, found, number + 1)
