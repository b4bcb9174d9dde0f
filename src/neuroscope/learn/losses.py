"""What the evidence network is asked for: the right class, for the right places.

Masks supervise the gate, the class evidence at every place, and the contribution map itself, which
is class-centered: a loss on raw class maps can be lowered without changing any prediction.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from neuroscope.learn.augment import Batch
from neuroscope.models.classes import NO_TUMOR
from neuroscope.models.evidence import Places, Pooling

SHARPEN_FROM = 0.35  # a place covered by less than this is no target: maps are upsampled later
TINY = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class LossWeights:
    """How much each demand counts beside the classification loss."""

    label_smoothing: float = 0.05
    gate: float = 1.0  # cross-entropy and overlap of the gate with the mask
    place: float = 0.3  # class of every place: the tumor's inside the mask, notumor outside
    energy: float = 0.3  # share of positive contributions that falls into the mask
    overlap: float = 0.5  # soft overlap of the contribution map with the mask


@dataclass(frozen=True, slots=True)
class Targets:
    """Masks on the grid of places."""

    cover: Tensor  # (n, 1, h, w), fraction of the place the tumor covers
    sharp: Tensor  # (n, 1, h, w), cover stretched so that faint rims vanish
    head: Tensor  # (n, 1, h, w), 0 or 1
    known: Tensor  # (n,), trust in the mask: 1 by an expert (also when empty), 0 unknown
    lesion: Tensor  # (n,), the same where the mask is not empty, else 0


def targets_at_places(batch: Batch, places: int) -> Targets:
    """Average masks and heads over the cells of a ``places`` x ``places`` grid."""
    cover = functional.adaptive_avg_pool2d(batch.mask, places)
    head = (functional.adaptive_avg_pool2d(batch.head, places) > 0.5).float()
    peak = cover.amax((1, 2, 3))
    sharp = ((cover - SHARPEN_FROM) / (1 - SHARPEN_FROM)).clamp(0.0, 1.0)
    small = (peak < 0.6) & (peak > 0.05)  # tiny lesions keep their largest cell
    rescued = (cover >= peak.view(-1, 1, 1, 1)).float()
    sharp = torch.where(small.view(-1, 1, 1, 1), rescued, sharp)
    lesion = batch.has_mask * (peak > 0.05).float()
    return Targets(cover, sharp, head, batch.has_mask, lesion)


def evidence_losses(
    places: Places, batch: Batch, weights: LossWeights, pooling: Pooling
) -> dict[str, Tensor]:
    """Compute every term, already weighted; their sum is the loss.

    Returns
    -------
    dict[str, Tensor]
        Scalars. Slices without a mask count in ``answer`` only and get no gradient from the rest.
    """
    weighted = places.weight * places.evidence
    logits = weighted.sum((2, 3))
    aim = targets_at_places(batch, places.weight.shape[-1])
    terms = {
        "answer": functional.cross_entropy(
            logits, batch.label, label_smoothing=weights.label_smoothing
        ),
        "place": weights.place * _place_loss(places.evidence, batch.label, aim, weights),
    }
    contribution = _of_true_class(weighted - weighted.mean(1, keepdim=True), batch.label)
    energy, overlap = _map_losses(contribution, aim)
    terms["energy"] = weights.energy * energy
    terms["overlap"] = weights.overlap * overlap
    if pooling == "sigmoid":
        terms["gate"] = weights.gate * _gate_loss(places.gate_logit, aim)
    return terms


def _of_true_class(contributions: Tensor, label: Tensor) -> Tensor:
    index = label.view(-1, 1, 1, 1).expand(-1, 1, *contributions.shape[2:])
    return contributions.gather(1, index)


def _gate_loss(gate_logit: Tensor, aim: Targets) -> Tensor:
    n = len(gate_logit)
    cross = functional.binary_cross_entropy_with_logits(gate_logit, aim.sharp, reduction="none")
    gate = torch.sigmoid(gate_logit)
    both = (gate * aim.sharp).sum((1, 2, 3))
    size = (gate**2).sum((1, 2, 3)) + (aim.sharp**2).sum((1, 2, 3))
    dice = 1 - (2 * both + 1) / (size + 1)
    return ((10 * cross.mean((1, 2, 3)) * aim.known).sum() + (dice * aim.lesion).sum()) / n


def _place_loss(evidence: Tensor, label: Tensor, aim: Targets, weights: LossWeights) -> Tensor:
    inside = aim.cover[:, 0] > 0.5
    outside = (aim.cover[:, 0] < 0.01) & (aim.head[:, 0] > 0)
    wanted = torch.where(inside, label[:, None, None], NO_TUMOR)
    loss = functional.cross_entropy(
        evidence, wanted, reduction="none", label_smoothing=weights.label_smoothing
    )
    return ((_mean_where(loss, inside) + _mean_where(loss, outside)) * aim.known).mean()


def _mean_where(loss: Tensor, chosen: Tensor) -> Tensor:
    return (loss * chosen).sum((1, 2)) / (chosen.sum((1, 2)) + 1)


def _map_losses(contribution: Tensor, aim: Targets) -> tuple[Tensor, Tensor]:
    """Compare the positive contributions to the true class with the mask, where there is one."""
    n = len(contribution)
    positive = functional.relu(contribution)
    total = positive.sum((1, 2, 3))
    inside = (positive * aim.sharp.clamp(min=0) ** 0.5).sum((1, 2, 3))
    energy = -torch.log((inside + TINY) / (total + TINY) + 1e-3)
    level = (positive * aim.sharp).sum((1, 2, 3)) / ((aim.sharp**2).sum((1, 2, 3)) + TINY)
    filled = (positive / (level.detach().view(-1, 1, 1, 1) + TINY)).clamp(max=1.5)
    both = (filled * aim.sharp).sum((1, 2, 3))
    size = (filled**2).sum((1, 2, 3)) + (aim.sharp**2).sum((1, 2, 3))
    overlap = 1 - (2 * both + 1) / (size + 1)
    return (energy * aim.lesion).sum() / n, (overlap * aim.lesion).sum() / n
