"""Move weights that are nearly optimal to a point where the optimality conditions hold.

Steps on batches end near a solution, not on it: the noise of the batches is larger than the
gradient that is left. Here the whole problem is evaluated, and an augmented Lagrangian (Nocedal &
Wright 2006, section 17.4) is minimized by L-BFGS with a line search (their algorithm 7.5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from neuroscope.learn.reasons.lagrangian import MOST_RESIDUAL, Optimality
from neuroscope.learn.reasons.objective import (
    Material,
    Objective,
    gathered,
    judged,
    multipliers_at,
)
from neuroscope.learn.reasons.tiers import Tier, trained_weights
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.records.progress import Progress, ignore

EVALUATIONS: Mapping[Tier, int] = {"head": 100, "adapter": 100, "last": 0, "full": 0}
PENALTY = 10.0
MARGIN = 2e-3  # nats inside the bounds: minimization with a penalty ends a little outside of them
ROUND = 15  # evaluations between two updates of the multipliers
REMEMBERED = 20  # steps by which L-BFGS knows the curvature


class Polished(NamedTuple):
    """Where `polish` ended; the weights are those of the network."""

    multipliers: Tensor  # fitted to the gradients at the last weights
    optimality: Optimality
    evaluations: int  # of the whole problem with its gradient

    @property
    def is_solved(self) -> bool:
        """Tell whether the conditions hold with every bound kept to the last bit."""
        return self.optimality.holds and self.optimality.infeasibility <= 0


def polish(
    network: EvidenceNetwork,
    objective: Objective,
    replay: Material,
    annotated: Material | None,
    *,
    evaluations: int,
    progress: Progress = ignore,
) -> Polished:
    """Step on the whole problem, in place, until its conditions hold or all evaluations are spent.

    Parameters
    ----------
    replay, annotated
        All that is trained on; evaluated in single precision.
    progress
        Told the share of the evaluations that was spent; may raise to stop.
    """
    weights = list(trained_weights(network).values())
    inner = replace(objective, limits=objective.limits - MARGIN)
    found = Polished(*multipliers_at(network, objective, replay, annotated), 0)
    held = found.multipliers.clone()
    while found.evaluations < evaluations and not found.is_solved:
        whole = _Whole(network, inner, replay, annotated, held, weights)
        most = min(ROUND, evaluations - found.evaluations)
        optimizer = torch.optim.LBFGS(
            weights,
            max_iter=most,
            max_eval=most,
            history_size=REMEMBERED,
            tolerance_grad=MOST_RESIDUAL / 3,
            line_search_fn="strong_wolfe",
        )
        optimizer.step(whole)  # type: ignore[no-untyped-call]
        progress(min(1.0, (found.evaluations + whole.count) / evaluations))
        held = torch.relu(held + PENALTY * whole.violations())
        found = Polished(
            *multipliers_at(network, objective, replay, annotated),
            found.evaluations + whole.count,
        )
    for weight in weights:
        weight.grad = None
    return found


class _Whole:
    """Evaluate the augmented Lagrangian for fixed multipliers, and leave its gradient."""

    def __init__(
        self,
        network: EvidenceNetwork,
        objective: Objective,
        replay: Material,
        annotated: Material | None,
        multipliers: Tensor,
        weights: Sequence[Tensor],
    ) -> None:
        self.count = 0
        self._given = (network, objective, replay, annotated)
        self._multipliers, self._weights = multipliers, weights

    def violations(self) -> Tensor:
        network, objective, replay, _ = self._given
        return judged(network, objective, replay).class_losses - objective.limits

    def __call__(self) -> Tensor:
        self.count += 1
        for weight in self._weights:
            weight.grad = None
        with torch.no_grad():
            pressures = torch.relu(self._multipliers + PENALTY * self.violations())
            squares = (pressures.square() - self._multipliers.square()).sum()
        with torch.enable_grad():
            value = gathered(*self._given, pressures)
        return torch.tensor(value + float(squares) / (2 * PENALTY))
