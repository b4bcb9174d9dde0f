"""What a retraining lowers and must keep: on a batch for a step, on everything to judge."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import torch
from scipy.optimize import nnls
from torch import Tensor
from torch.nn import functional

from neuroscope.learn.reasons.cells import CellMasks
from neuroscope.learn.reasons.lagrangian import Optimality
from neuroscope.learn.reasons.losses import LossName, reasons_loss, rrr_input_loss
from neuroscope.learn.reasons.tiers import Features, Tier, answered, trained_weights
from neuroscope.models.classes import NO_TUMOR
from neuroscope.models.evidence import EvidenceNetwork, pooled

Aim = LossName | Literal["none"]

BATCH = 48
BINDING = 0.01  # nats: a constraint with more room than this has no multiplier


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Slices as the trained part reads them, with what is known of them."""

    features: Features
    labels: Tensor  # (n,)
    masks: CellMasks | None = None  # of annotated slices
    images: Tensor | None = None  # (n, 1, size, size), for losses that reach the input
    is_counterexample: Tensor | None = None  # (n,), 1 where the class is taught as well

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, rows: Tensor) -> "Material":
        """Keep some slices, shape ``(m,)`` of row numbers."""
        return Material(
            self.features.select(rows),
            self.labels[rows],
            None if self.masks is None else self.masks.select(rows),
            None if self.images is None else self.images[rows],
            None if self.is_counterexample is None else self.is_counterexample[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """The terms of a run, and where it started."""

    aim: Aim
    tier: Tier
    classes: tuple[int, ...]  # that are replayed; each has a constraint
    limits: Tensor  # (constraints,), largest cross-entropy allowed
    start: dict[str, Tensor]  # trained weights before the run
    classification: float  # weight of the cross-entropy
    stay: float  # weight of the squared distance from the start
    usual_evidence: float  # median sum of positive contributions before the run
    fast: bool  # convolutions of a step in bfloat16


class Verdict(NamedTuple):
    """A network judged on a whole set of slices, in single precision."""

    class_losses: Tensor  # (constraints,), mean cross-entropy by class
    balanced_accuracy: float


class Reasons(NamedTuple):
    """Maps judged on a whole set of annotated slices."""

    loss: float
    energy: float  # mean share of positive contributions on "look here"; nan without such marks
    maps: Tensor  # (n, h, w), contributions to the true class


def batch_problem(
    network: EvidenceNetwork, objective: Objective, replay: Material, annotated: Material | None
) -> tuple[Tensor, Tensor]:
    """Give the objective and the constraints on one batch.

    Parameters
    ----------
    replay
        Slices of every constrained class.
    annotated
        Marked slices; None where nothing is annotated.
    """
    both = replay.features if annotated is None else _joined(replay.features, annotated.features)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=objective.fast):
        places = answered(network, objective.tier, both)
    answer = pooled(places)
    losses = class_losses(answer.logits[: len(replay)], replay.labels, objective.classes)
    total = objective.classification * losses.mean() + _distance(network, objective)
    if annotated is not None:
        evidence = answer.evidence[len(replay) :]
        total = total + _reasons(network, objective, annotated, evidence)
    return total, losses - objective.limits


def class_losses(logits: Tensor, labels: Tensor, classes: Sequence[int]) -> Tensor:
    """Average the cross-entropy over the slices of each class."""
    losses = functional.cross_entropy(logits, labels, reduction="none")
    return torch.stack([losses[labels == c].mean() for c in classes])


@torch.no_grad()
def judged(network: EvidenceNetwork, objective: Objective, replay: Material) -> Verdict:
    """Compute the constraints and the accuracy on all of some slices."""
    parts = [
        pooled(answered(network, objective.tier, part.features)).logits for part in _parts(replay)
    ]
    logits = torch.cat(parts)
    right = (logits.argmax(1) == replay.labels).float()
    recalls = [float(right[replay.labels == c].mean()) for c in set(replay.labels.tolist())]
    return Verdict(class_losses(logits, replay.labels, objective.classes), float(np.mean(recalls)))


def judged_reasons(network: EvidenceNetwork, objective: Objective, annotated: Material) -> Reasons:
    """Compute the loss of the reasons, the share of evidence on the marks, and the maps."""
    with torch.no_grad():
        parts = [
            pooled(answered(network, objective.tier, part.features)).evidence
            for part in _parts(annotated)
        ]
    contributions = torch.cat(parts)
    loss = 0.0
    for start, part, share, counter_share in _shares(annotated, objective.aim):
        here = contributions[start : start + len(part)]
        if share:
            loss += share * float(_map_loss(network, objective, part, here).detach())
        loss += counter_share * float(_counter_loss(objective, part, here))
    maps = contributions[torch.arange(len(annotated)), annotated.labels]
    return Reasons(loss, _energy(maps, annotated), maps)


def usual_evidence(maps: Tensor) -> float:
    """Give the median sum of positive contributions of maps ``(n, h, w)``."""
    return float(functional.relu(maps).sum((1, 2)).median()) if len(maps) else 0.0


def multipliers_at(
    network: EvidenceNetwork,
    objective: Objective,
    replay: Material,
    annotated: Material | None,
) -> tuple[Tensor, Optimality]:
    """Fit the multipliers to the gradients at the present weights, and measure what they leave.

    Returns
    -------
    tuple[Tensor, Optimality]
        Multipliers by non-negative least squares over constraints that bind (Nocedal & Wright 2006,
        equation 18.21), and the largest entries of what remains.
    """
    weights = list(trained_weights(network).values())
    slopes, losses = _class_slopes(network, objective, replay, weights)
    total = objective.classification * slopes.mean(0)
    total += _flat(
        torch.autograd.grad(_distance(network, objective), weights, allow_unused=True), weights
    )
    if annotated is not None:
        for _, part, share, counter_share in _shares(annotated, objective.aim):
            evidence = pooled(answered(network, objective.tier, part.features)).evidence
            loss = share * _map_loss(network, objective, part, evidence)
            loss = loss + counter_share * _counter_loss(objective, part, evidence)
            total += _flat(torch.autograd.grad(loss, weights, allow_unused=True), weights)
    violations = losses - objective.limits
    binding = violations > -BINDING
    found = torch.zeros(len(violations))
    if binding.any():
        fitted, _ = nnls(slopes[binding].T.double().numpy(), -total.double().numpy())
        found[binding] = torch.from_numpy(fitted).float()
    left = total + (found[:, None] * slopes).sum(0)
    return found, Optimality(
        float(left.abs().max()),
        max(0.0, float(violations.max())),
        float((found * violations).abs().max()),
    )


def gathered(
    network: EvidenceNetwork,
    objective: Objective,
    replay: Material,
    annotated: Material | None,
    pressures: Tensor,
) -> float:
    """Add the gradient of the objective on everything, and give its value, in single precision.

    Parameters
    ----------
    pressures
        What a nat of every constraint's class costs beside the objective, shape ``(constraints,)``;
        their losses count in the gradient and not in the value.
    """
    value = _distance(network, objective)
    value.backward()  # type: ignore[no-untyped-call]
    total = float(value.detach())
    mean = objective.classification / len(objective.classes)
    counts = torch.stack([(replay.labels == c).sum() for c in objective.classes])
    for part in _parts(replay):
        logits = pooled(answered(network, objective.tier, part.features)).logits
        losses = functional.cross_entropy(logits, part.labels, reduction="none")
        row = torch.tensor([objective.classes.index(int(c)) for c in part.labels])
        ((mean + pressures[row]) / counts[row] * losses).sum().backward()  # type: ignore[no-untyped-call]
        total += float((mean / counts[row] * losses.detach()).sum())
    if annotated is not None:
        for _, part, share, counter_share in _shares(annotated, objective.aim):
            evidence = pooled(answered(network, objective.tier, part.features)).evidence
            loss = share * _map_loss(network, objective, part, evidence)
            loss = loss + counter_share * _counter_loss(objective, part, evidence)
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
    return total


def _reasons(
    network: EvidenceNetwork, objective: Objective, annotated: Material, contributions: Tensor
) -> Tensor:
    """Add the loss of the maps and the cross-entropy of the counterexamples."""
    return _map_loss(network, objective, annotated, contributions) + _counter_loss(
        objective, annotated, contributions
    )


def _map_loss(
    network: EvidenceNetwork, objective: Objective, annotated: Material, contributions: Tensor
) -> Tensor:
    masks = annotated.masks
    if masks is None or objective.aim == "none":
        return contributions[:0].sum()
    if objective.aim == "rrr_input":
        assert annotated.images is not None  # noqa: S101 - the run keeps them for this loss
        return rrr_input_loss(network, annotated.images, masks)
    return reasons_loss(
        objective.aim,
        contributions,
        annotated.labels,
        masks,
        usual_evidence=objective.usual_evidence,
    )


def _counter_loss(objective: Objective, annotated: Material, contributions: Tensor) -> Tensor:
    """Average the cross-entropy of counterexamples; contributions sum to the centered logits."""
    counted = annotated.is_counterexample
    if objective.aim == "none" or counted is None or not counted.any():
        return contributions[:0].sum()
    losses = functional.cross_entropy(contributions.sum((2, 3)), annotated.labels, reduction="none")
    return (losses * counted).sum() / counted.sum()


def _distance(network: EvidenceNetwork, objective: Objective) -> Tensor:
    squares = [
        (value - objective.start[name]).square().sum()
        for name, value in trained_weights(network).items()
    ]
    return objective.stay / 2 * torch.stack(squares).sum()


def _energy(maps: Tensor, annotated: Material) -> float:
    if annotated.masks is None:
        return float("nan")
    wanted = annotated.masks.evidence
    rows = (wanted.amax((1, 2)) > 0) & (annotated.labels != NO_TUMOR)
    if annotated.is_counterexample is not None:
        rows &= annotated.is_counterexample == 0
    positive = functional.relu(maps[rows])
    shares = (positive * wanted[rows]).sum((1, 2)) / (positive.sum((1, 2)) + 1e-9)
    return float(shares.mean()) if rows.any() else float("nan")


def _class_slopes(
    network: EvidenceNetwork, objective: Objective, replay: Material, weights: list[Tensor]
) -> tuple[Tensor, Tensor]:
    slopes, losses = [], []
    for c in objective.classes:
        chosen = replay.select(torch.nonzero(replay.labels == c)[:, 0])
        slope, loss = torch.zeros(sum(w.numel() for w in weights)), 0.0
        for part in _parts(chosen):
            logits = pooled(answered(network, objective.tier, part.features)).logits
            summed = functional.cross_entropy(logits, part.labels, reduction="sum") / len(chosen)
            slope += _flat(torch.autograd.grad(summed, weights, allow_unused=True), weights)
            loss += float(summed.detach())
        slopes.append(slope)
        losses.append(loss)
    return torch.stack(slopes), torch.tensor(losses)


def _flat(slopes: Sequence[Tensor | None], weights: Sequence[Tensor]) -> Tensor:
    return torch.cat(
        [
            torch.zeros(weight.numel()) if slope is None else slope.flatten()
            for slope, weight in zip(slopes, weights, strict=True)
        ]
    )


def _parts(material: Material) -> Iterator[Material]:
    for start in range(0, len(material), BATCH):
        yield material.select(torch.arange(start, min(start + BATCH, len(material))))


def _shares(annotated: Material, aim: Aim) -> list[tuple[int, Material, float, float]]:
    """Split annotated slices into batches: first row, slices, share of either average loss."""
    masks, counted = annotated.masks, annotated.is_counterexample
    assert masks is not None  # noqa: S101 - annotated slices have marks
    trust = masks.weight
    if aim == "rrr_input":
        trust = trust * (masks.not_evidence.amax((1, 2)) > 0)
    counter = torch.zeros(len(annotated)) if counted is None else counted
    rows = torch.split(torch.arange(len(annotated)), BATCH)
    return [
        (int(some[0]), annotated.select(some), _part(trust, some), _part(counter, some))
        for some in rows
    ]


def _part(values: Tensor, rows: Tensor) -> float:
    whole = float(values.sum())
    return float(values[rows].sum()) / whole if whole > 0 else 0.0


def _joined(first: Features, second: Features) -> Features:
    return Features(torch.cat([first.values, second.values]), torch.cat([first.deep, second.deep]))
