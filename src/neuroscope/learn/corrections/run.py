"""A retraining of the segmenter under way: its steps, how it is judged, kept and resumed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from neuroscope.learn.corrections.cases import Parts
from neuroscope.learn.corrections.tiers import (
    LEARNING_RATES,
    SegmenterTier,
    Shelf,
    answered,
)
from neuroscope.learn.reasons.descent import Descent
from neuroscope.learn.reasons.lagrangian import DualConfig, started
from neuroscope.learn.reasons.tiers import trained_weights
from neuroscope.learn.segmentation_cases import StoredCase
from neuroscope.learn.train_segmenter import region_terms, regions_of
from neuroscope.models.unet import UNet
from neuroscope.records.segmenterspec import REGIONS

STRICT = DualConfig(every=5, penalty=50.0, largest_penalty=1000.0)
"""A violation of 0.02 must press as hard as the objective within tens of steps, not hundreds."""


@dataclass(frozen=True, kw_only=True)
class CorrectionConfig:
    """All that decides a run, besides weights, studies and masks."""

    tier: SegmenterTier = "last"
    epsilon: float = 0.02  # by which a region's loss (cross-entropy and overlap) may rise on replay
    steps: int = 60  # of one edited and one replayed study each
    learning_rate: float | None = None  # the tier's own, else
    replay: float = 1.0  # weight of the loss on replay beside that on edited studies
    stay: float = 1e-3  # weight of the squared distance from the weights of before
    dual: DualConfig = field(default_factory=lambda: STRICT)
    look_every: int = 10  # steps between two looks at everything; only there weights are kept
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.steps, self.look_every) < 1 or self.epsilon < 0:
            raise ValueError("steps and look_every must be 1 or more, epsilon 0 or more.")


@dataclass(frozen=True, slots=True)
class CorrectionLook:
    """What a run looked like after some steps; tuples have one entry per region of `REGIONS`."""

    step: int
    edited: float  # mean loss on edited studies that are trained on; nan without any
    edited_held_out: float  # the same on those held out; nan without any
    violations: tuple[float, ...]  # rise on replay beyond what is allowed; at most 0 is feasible
    violations_held_out: tuple[float, ...]  # the same on held-out replay
    multipliers: tuple[float, ...]
    feasible: bool
    criterion: float  # what the best weights have least of


class Study(NamedTuple):
    """A study under the name that its features are kept by."""

    name: str
    case: StoredCase


@dataclass(frozen=True, slots=True, eq=False)
class Studies:
    """What a run reads; the first of each pair is trained on, the second judges."""

    edited: tuple[Study, ...]
    edited_held_out: tuple[Study, ...]
    replay: tuple[Study, ...]
    replay_held_out: tuple[Study, ...]

    @classmethod
    def of(cls, parts: Parts, replay: Sequence[StoredCase], *, learn_edits: bool) -> "Studies":
        """Name the studies, and hold out every fourth replayed one."""
        marked = [
            tuple(Study(f"{side}{n}", one.case) for n, one in enumerate(some))
            for side, some in (("e", parts.fit), ("h", parts.judge))
        ]
        shown = [Study(f"r{n}", case) for n, case in enumerate(replay)]
        held_out = shown[3::4]
        return cls(
            edited=marked[0] if learn_edits else (),
            edited_held_out=marked[1] if learn_edits else (),
            replay=tuple(one for one in shown if one not in held_out),
            replay_held_out=tuple(held_out),
        )


@dataclass(slots=True, eq=False, kw_only=True)
class CorrectionRun(Descent[CorrectionLook]):
    """A retraining of the segmenter under way."""

    network: UNet
    studies: Studies
    config: CorrectionConfig
    shelf: Shelf
    start_losses: dict[tuple[str, bool], Tensor] = field(default_factory=dict)

    @classmethod
    def begin(
        cls, network: UNet, studies: Studies, config: CorrectionConfig, shelf: Shelf
    ) -> "CorrectionRun":
        """Measure where an opened network starts, and take the first look."""
        weights = trained_weights(network)
        rate = config.learning_rate or LEARNING_RATES[config.tier]
        run = cls(
            network=network,
            studies=studies,
            config=config,
            shelf=shelf,
            optimizer=torch.optim.Adam(weights.values(), lr=rate),
            state=started(len(REGIONS), config.dual),
            start={name: value.detach().clone() for name, value in weights.items()},
            planned=config.steps,
            rate=rate,
            dual=config.dual,
        )
        replayed = (*studies.replay, *studies.replay_held_out)
        run.start_losses = {
            (study.name, mirrored): run._judged(study, mirrored=mirrored)
            for study in replayed
            for mirrored in (False, True)
        }
        run.look()
        return run

    def look(self) -> CorrectionLook:
        """Judge the present weights on everything, and keep them if they are the best so far."""
        studies = self.studies
        rises = self._rises(studies.replay)
        elsewhere = self._rises(studies.replay_held_out)
        fit, aside = (self._mean(some) for some in (studies.edited, studies.edited_held_out))
        criterion = fit if math.isnan(aside) else aside
        if math.isnan(criterion):  # the control: nothing is learned from edits
            criterion = self._mean(studies.replay_held_out or studies.replay)
        feasible = bool((rises <= 0).all() and not (elsewhere > 0).any())
        look = CorrectionLook(
            step=self.done,
            edited=fit,
            edited_held_out=aside,
            violations=tuple(rises.tolist()),
            violations_held_out=tuple(elsewhere.tolist()),
            multipliers=tuple(self.state.multipliers.tolist()),
            feasible=feasible,
            criterion=criterion,
        )
        return self.noted(look, feasible=feasible, criterion=criterion)

    def look_of(self, stored: Mapping[str, Any]) -> CorrectionLook:
        """Read a look that was saved."""
        return CorrectionLook(**stored)

    def problem(self) -> tuple[Tensor, Tensor]:
        """Draw one replayed and one edited study by the number of the step alone.

        The constraint compares the replayed study with itself before the run: studies differ far
        more from each other than from what they were.
        """
        rng = np.random.default_rng([self.config.seed, self.done])
        shown = self.studies.replay[int(rng.integers(len(self.studies.replay)))]
        mirrored = bool(rng.integers(2))
        losses = self._losses(shown, mirrored=mirrored)
        total = self.config.replay * losses.mean() + self._distance()
        if self.studies.edited:
            taught = self.studies.edited[int(rng.integers(len(self.studies.edited)))]
            total = total + self._losses(taught, mirrored=bool(rng.integers(2))).mean()
        return total, losses - self.start_losses[shown.name, mirrored] - self.config.epsilon

    def _losses(self, study: Study, *, mirrored: bool) -> Tensor:
        """Give cross-entropy and missed overlap by region, shape ``(3,)``."""
        parts = self.shelf.parts(study.name, study.case, mirrored=mirrored)
        logits = answered(self.network, self.config.tier, parts)
        labels = torch.from_numpy(study.case.labels)[None]
        entropy, overlap = region_terms(logits, regions_of(labels.flip(1) if mirrored else labels))
        return (entropy + overlap).mean((0, 1))

    @torch.no_grad()
    def _judged(self, study: Study, *, mirrored: bool = False) -> Tensor:
        return self._losses(study, mirrored=mirrored)

    def _rises(self, replayed: Sequence[Study]) -> Tensor:
        if not replayed:
            return torch.full((len(REGIONS),), math.nan)
        rises = [self._judged(one) - self.start_losses[one.name, False] for one in replayed]
        return torch.stack(rises).mean(0) - self.config.epsilon

    def _mean(self, some: Sequence[Study]) -> float:
        return (
            float(np.mean([float(self._judged(one).mean()) for one in some])) if some else math.nan
        )

    def _distance(self) -> Tensor:
        squares = [
            (value - self.start[name]).square().sum()
            for name, value in trained_weights(self.network).items()
        ]
        return self.config.stay / 2 * torch.stack(squares).sum()
