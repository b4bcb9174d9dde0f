"""What retraining a classifier and a segmenter share: constrained steps, the best weights, a state.

A run steps on, is looked at now and then, keeps the best weights that hold all bounds, and can be
saved and resumed. What is lowered, and how a look judges, is each run's own.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor, nn

from neuroscope.learn.reasons import checkpoint as checkpoints
from neuroscope.learn.reasons.lagrangian import DualConfig, DualState, Step, descend
from neuroscope.learn.reasons.tiers import trained_weights
from neuroscope.models.weights import optimizer_tensors, restore_optimizer


@runtime_checkable
class Dataclass(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


LookT = TypeVar("LookT", bound=Dataclass)


@dataclass(slots=True, eq=False, kw_only=True)
class Descent(ABC, Generic[LookT]):
    """A run under way: what changes from step to step, and must survive a kill."""

    network: nn.Module
    optimizer: torch.optim.Optimizer
    state: DualState
    start: dict[str, Tensor]  # trained weights before the run
    planned: int  # steps in all
    rate: float  # of learning, at the first step
    dual: DualConfig
    done: int = 0
    best: dict[str, Tensor] = field(default_factory=dict)
    best_step: int = 0
    best_criterion: float = math.inf
    history: list[LookT] = field(default_factory=list)

    @abstractmethod
    def look(self) -> LookT:
        """Judge the present weights on everything, and keep them if they are the best so far."""

    @abstractmethod
    def problem(self) -> tuple[Tensor, Tensor]:
        """Give the loss and the violations of a step, shapes ``()`` and ``(bounds,)``."""

    @abstractmethod
    def look_of(self, stored: Mapping[str, Any]) -> LookT:
        """Read a look that was saved."""

    def drawn(self) -> dict[str, torch.Generator]:
        """Name the generators that must go on where they stopped; none by default."""
        return {}

    def steps(self) -> Iterator[Step]:
        """Step on; nothing is left to do once all steps are done."""
        if self.done >= self.planned:
            return
        self._set_rate()
        for step in descend(
            self.problem, self.optimizer, self.state, config=self.dual, first=self.done
        ):
            self.state, self.done = step.state, step.number + 1
            self._set_rate()
            yield step

    def noted(self, look: LookT, *, feasible: bool, criterion: float) -> LookT:
        """Note a look, and keep the weights if none that hold all bounds were better."""
        self.history.append(look)
        if feasible and criterion < self.best_criterion:
            self.best_criterion, self.best_step = criterion, self.done
            self.best = {
                name: value.detach().clone()
                for name, value in trained_weights(self.network).items()
            }
        return look

    def return_to_best(self) -> None:
        """Put the best feasible weights back; those of before the run if there are none."""
        with torch.no_grad():
            for name, value in trained_weights(self.network).items():
                value.copy_(self.best.get(name, self.start[name]))

    def save(self, path: Path, manifest: str) -> None:
        """Write all that `resume` needs."""
        tensors = {f"now/{name}": v for name, v in trained_weights(self.network).items()}
        tensors |= {f"best/{name}": value for name, value in self.best.items()}
        tensors |= optimizer_tensors(self.optimizer)
        tensors |= {f"draws/{name}": draw.get_state() for name, draw in self.drawn().items()}
        tensors |= {
            "multipliers": self.state.multipliers,
            "smoothed": self.state.smoothed,
            "dual": torch.tensor([self.state.penalty, self.state.worst], dtype=torch.float64),
        }
        facts = {
            "done": self.done,
            "best_step": self.best_step,
            "best_criterion": self.best_criterion,
            "history": [asdict(look) for look in self.history],
        }
        checkpoints.save(path, manifest, tensors, facts)

    def resume(self, path: Path, manifest: str) -> None:
        """Go on where a run with the same manifest stopped; else start anew."""
        saved = checkpoints.load(path, manifest)
        if saved is None:
            return
        tensors, facts = saved
        with torch.no_grad():
            for name, value in trained_weights(self.network).items():
                value.copy_(tensors[f"now/{name}"])
        self.best = {
            name.removeprefix("best/"): value
            for name, value in tensors.items()
            if name.startswith("best/")
        }
        restore_optimizer(self.optimizer, tensors)
        for name, draw in self.drawn().items():
            draw.set_state(tensors[f"draws/{name}"])
        penalty, worst = tensors["dual"].tolist()
        self.state = DualState(tensors["multipliers"], tensors["smoothed"], penalty, worst)
        self.done, self.best_step = facts["done"], facts["best_step"]
        self.best_criterion = facts["best_criterion"]
        self.history = [
            self.look_of({n: tuple(v) if isinstance(v, list) else v for n, v in stored.items()})
            for stored in facts["history"]
        ]

    def _set_rate(self) -> None:
        """Let the steps shrink along a cosine, so that the run ends where it settles."""
        share = 0.5 * (1 + math.cos(math.pi * min(1.0, self.done / self.planned)))
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * share
