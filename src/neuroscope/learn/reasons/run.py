"""A retraining under way: what changes from step to step, how it is judged, kept and resumed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from neuroscope.learn.reasons.cases import Annotated, Cases, balanced_weights, held_out
from neuroscope.learn.reasons.counterexamples import with_counterexamples, without_ignored
from neuroscope.learn.reasons.descent import Descent
from neuroscope.learn.reasons.lagrangian import DualConfig, started
from neuroscope.learn.reasons.objective import (
    Aim,
    Material,
    Objective,
    batch_problem,
    judged,
    judged_reasons,
    usual_evidence,
)
from neuroscope.learn.reasons.polish import EVALUATIONS, polish
from neuroscope.learn.reasons.tiers import (
    LEARNING_RATES,
    Tier,
    cached,
    opened,
    trained_weights,
)
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.records.progress import Progress, ignore

FEATURES_NAME = "features"
ALIKE = 1.02  # times the best criterion: as good on held-out patients
SHOWN = 6  # annotated slices whose maps are shown while the run lasts


@dataclass(frozen=True, kw_only=True)
class RetrainConfig:
    """All that decides a run, besides weights, slices and marks."""

    loss: Aim = "energy"  # "none" is the control: classification alone, with the same budget
    tier: Tier = "last"
    epsilon: float = 0.05  # nats by which the cross-entropy of a class may rise
    steps: int = 90
    annotated_batch: int = 24
    replay_batch: int = 32
    learning_rate: float | None = None  # the tier's own, else
    classification: float = 1.0  # weight of the cross-entropy beside the loss of the reasons
    stay: float = 1e-3  # weight of the squared distance from the weights of before
    dual: DualConfig = field(default_factory=DualConfig)
    look_every: int = 10  # steps between two looks at everything; only there weights are kept
    held_out: float = 0.2  # share of patients on which those looks are judged
    fast: bool = True  # convolutions of the steps in bfloat16; looks are in single precision
    counterexamples: int = 2  # made of every slice with "ignore this", once for the whole run
    polish: int | None = None  # evaluations of everything after the steps; the tier's own, else
    swap_ignored: bool = False  # on replay too, where marks agree: no promise on what they refuse
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.steps, self.annotated_batch, self.replay_batch, self.look_every) < 1:
            raise ValueError("steps, batches and look_every must be 1 or more.")
        if min(self.epsilon, self.polish or 0) < 0 or not 0 <= self.held_out < 1:
            raise ValueError("epsilon and polish must be 0 or more, held_out in 0..1.")


@dataclass(frozen=True, slots=True)
class Look:
    """What a run looked like after some steps; tuples have one entry per constrained class."""

    step: int
    reasons: float  # loss of the reasons on annotated slices that are trained on
    reasons_held_out: float  # the same on those held out; nan without any
    class_losses: tuple[float, ...]
    violations: tuple[float, ...]  # class losses beyond what is allowed; at most 0 is feasible
    violations_held_out: tuple[float, ...]  # the same on held-out replay; nan for absent classes
    multipliers: tuple[float, ...]
    penalty: float
    energy: float  # share of positive evidence on "look here", held out where possible
    accuracy: float  # balanced, on held-out replay
    feasible: bool
    criterion: float  # what the best weights have least of


class Sides(NamedTuple):
    """Slices to learn from, and slices to judge by."""

    fit: Material
    judge: Material | None


@dataclass(slots=True, eq=False, kw_only=True)
class Run(Descent[Look]):
    """A retraining of the evidence network under way."""

    network: EvidenceNetwork
    objective: Objective
    replay: Sides
    annotated: Sides | None
    shown: Material | None  # the first annotated slices
    replay_odds: Tensor
    config: RetrainConfig
    draws: dict[str, Generator]
    held_out_limits: Tensor = field(default_factory=lambda: torch.tensor(math.inf))

    @classmethod
    def begin(
        cls,
        network: EvidenceNetwork,
        annotated: Annotated,
        replay: Cases,
        config: RetrainConfig,
        keep: Path | None,
    ) -> "Run":
        """Cache the features, measure where the run starts, and take the first look."""
        copy = opened(network, config.tier, seed=config.seed)
        store = keep / FEATURES_NAME if keep else None
        donors = replay
        if config.swap_ignored and config.loss != "none":
            replay = without_ignored(replay, annotated, seed=config.seed)
        kept = held_out(replay.units, config.held_out, config.seed)
        kept &= np.array([(~kept & (replay.labels == c)).any() for c in replay.labels], bool)
        replayed = _split(
            Material(
                cached(copy, config.tier, replay.images, store), torch.from_numpy(replay.labels)
            ),
            kept,
        )
        marked = shown = None
        if len(annotated) and config.loss != "none":
            whole, apart = _annotated_material(copy, annotated, donors, config, store)
            marked = _split(whole, apart if not apart.all() else np.zeros_like(apart))
            shown = whole.select(torch.arange(min(SHOWN, len(whole))))
        classes = tuple(int(c) for c in np.unique(replay.labels))
        start = {name: value.detach().clone() for name, value in trained_weights(copy).items()}
        objective = Objective(
            aim=config.loss if marked else "none",
            tier=config.tier,
            classes=classes,
            limits=torch.zeros(len(classes)),
            start=start,
            classification=config.classification,
            stay=config.stay,
            usual_evidence=0.0,
            fast=config.fast,
        )
        rate = config.learning_rate or LEARNING_RATES[config.tier]
        run = cls(
            network=copy,
            objective=_measured(copy, objective, replayed, marked, config),
            replay=replayed,
            annotated=marked,
            shown=shown,
            replay_odds=balanced_weights(replay.labels[~kept], replay.units[~kept]),
            optimizer=torch.optim.Adam(trained_weights(copy).values(), lr=rate),
            state=started(len(classes), config.dual),
            start=start,
            planned=config.steps,
            rate=rate,
            dual=config.dual,
            config=config,
            draws={
                name: Generator().manual_seed(config.seed + number)
                for number, name in enumerate(("replay", "annotated"))
            },
        )
        aside = judged(copy, run.objective, replayed.judge or replayed.fit)
        run.held_out_limits = aside.class_losses + config.epsilon
        run.look()
        return run

    def look(self) -> Look:
        """Judge the present weights on everything, and keep them if they are the best so far."""
        verdict = judged(self.network, self.objective, self.replay.fit)
        aside = judged(self.network, self.objective, self.replay.judge or self.replay.fit)
        violations = verdict.class_losses - self.objective.limits
        elsewhere = aside.class_losses - self.held_out_limits
        loss = aside_loss = energy = math.nan
        criterion = float(aside.class_losses.nanmean())
        if self.annotated is not None:
            fit = judged_reasons(self.network, self.objective, self.annotated.fit)
            loss, energy, criterion = fit.loss, fit.energy, fit.loss
            if self.annotated.judge is not None:
                other = judged_reasons(self.network, self.objective, self.annotated.judge)
                aside_loss, energy, criterion = other.loss, other.energy, other.loss
        feasible = bool((violations <= 0).all() and not (elsewhere > 0).any())
        look = Look(
            step=self.done,
            reasons=loss,
            reasons_held_out=aside_loss,
            class_losses=tuple(verdict.class_losses.tolist()),
            violations=tuple(violations.tolist()),
            violations_held_out=tuple(elsewhere.tolist()),
            multipliers=tuple(self.state.multipliers.tolist()),
            penalty=self.state.penalty,
            energy=energy,
            accuracy=aside.balanced_accuracy,
            feasible=feasible,
            criterion=criterion,
        )
        return self.noted(look, feasible=feasible, criterion=criterion)

    def maps(self) -> NDArray[np.float32]:
        """Give the present maps of the first annotated slices."""
        if self.shown is None:
            return np.zeros((0, 0, 0), np.float32)
        return judged_reasons(self.network, self.objective, self.shown).maps.numpy()

    def polished(self, progress: Progress = ignore) -> Look | None:
        """Go from the best weights to a stationary point, and keep it unless others are better.

        Held-out patients seldom tell weights apart by 2 %: there, the stationary point is kept.
        None where nothing is to be polished, or the conditions hold already.
        """
        asked = self.config.polish
        asked = EVALUATIONS[self.config.tier] if asked is None else asked
        self.return_to_best()
        if not asked:
            return None
        fit = self.annotated.fit if self.annotated else None
        found = polish(
            self.network, self.objective, self.replay.fit, fit,
            evaluations=asked, progress=progress,
        )  # fmt: skip
        if not found.evaluations:
            return None
        self.done += found.evaluations
        if found.optimality.holds:
            self.best_criterion *= ALIKE
        return self.look()

    def drawn(self) -> dict[str, Generator]:
        """Name the generators of the batches."""
        return self.draws

    def look_of(self, stored: Mapping[str, Any]) -> Look:
        """Read a look that was saved."""
        return Look(**stored)

    def problem(self) -> tuple[Tensor, Tensor]:
        """Draw a batch, and give its loss and violations."""
        replay = self.replay.fit.select(self._replay_rows())
        annotated = None
        if self.annotated is not None:
            fit = self.annotated.fit
            order = torch.randperm(len(fit), generator=self.draws["annotated"])
            annotated = fit.select(order[: self.config.annotated_batch])
        return batch_problem(self.network, self.objective, replay, annotated)

    def _replay_rows(self) -> Tensor:
        each = max(1, self.config.replay_batch // len(self.objective.classes))
        rows = []
        for c in self.objective.classes:
            members = torch.nonzero(self.replay.fit.labels == c)[:, 0]
            odds = self.replay_odds[members]
            drawn = torch.multinomial(odds, each, True, generator=self.draws["replay"])
            rows.append(members[drawn])
        return torch.cat(rows)


def _annotated_material(
    network: EvidenceNetwork,
    annotated: Annotated,
    donors: Cases,
    config: RetrainConfig,
    store: Path | None,
) -> tuple[Material, NDArray[np.bool_]]:
    """Cache annotated slices and their counterexamples, and mark those held out."""
    more, is_made = with_counterexamples(
        annotated, donors, config.counterexamples, seed=config.seed
    )
    pixels = None
    if config.loss == "rrr_input":
        pixels = torch.from_numpy(more.cases.images)[:, None].float() / 255
    whole = Material(
        cached(network, config.tier, more.cases.images, store),
        torch.from_numpy(more.cases.labels),
        more.masks,
        pixels,
        is_made,
    )
    return whole, held_out(more.cases.units, config.held_out, config.seed)


def _split(whole: Material, apart: NDArray[np.bool_]) -> Sides:
    if not apart.any():
        return Sides(whole, None)
    sides = [whole.select(torch.from_numpy(np.flatnonzero(side))) for side in (~apart, apart)]
    return Sides(*sides)


def _measured(
    network: EvidenceNetwork,
    objective: Objective,
    replay: Sides,
    annotated: Sides | None,
    config: RetrainConfig,
) -> Objective:
    """Set the limits of the class losses and the usual evidence by the network as it was."""
    limits = judged(network, objective, replay.fit).class_losses + config.epsilon
    usual = 0.0
    if annotated is not None:
        usual = usual_evidence(judged_reasons(network, objective, annotated.fit).maps)
    return replace(objective, limits=limits, usual_evidence=usual)
