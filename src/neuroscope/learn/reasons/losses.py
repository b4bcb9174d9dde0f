"""What it costs to be right for another reason than the reader's.

All losses but one read the network's own contribution map, which sums to the centered logits, so
one ordinary backward pass trains every weight behind it. The map is centered over the classes: a
loss on raw class maps can be lowered by adding one vector to all class weights, which changes no
answer at all.

References
----------
`energy` after Rao, Böhle et al. 2023 (arXiv:2303.11932); `rrr_input` and `rrr_cam` after Ross et
al. 2017 (arXiv:1703.03717); `hint` after Selvaraju et al. 2019 (arXiv:1902.03751), without its
ranking; `l1` after Gao et al. 2022 (arXiv:2202.02838).
"""

from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from neuroscope.learn.reasons.cells import CellMasks
from neuroscope.models.classes import NO_TUMOR
from neuroscope.models.evidence import EvidenceNetwork

MapLossName = Literal["energy", "rrr_cam", "hint", "l1"]
LossName = Literal["energy", "rrr_cam", "hint", "l1", "rrr_input"]

TINY = 1e-4  # of a logit: keeps a share of nothing finite
KEPT_EVIDENCE = 0.1  # of the usual sum of evidence: below it a map counts as vanishing


MapLoss = Callable[[Tensor, CellMasks], Tensor]
"""Gives one loss per slice from the contributions to its class ``(n, h, w)`` and the marks."""


def reasons_loss(
    name: MapLossName,
    contributions: Tensor,
    labels: Tensor,
    masks: CellMasks,
    *,
    usual_evidence: float = 0.0,
) -> Tensor:
    """Average a loss over the annotated slices, by trust in their readers.

    Parameters
    ----------
    contributions
        Class-centered, shape ``(n, classes, h, w)``: weight times (evidence minus its class mean).
    labels
        True classes, shape ``(n,)``. A slice without tumor has no place that speaks for it: only
        "ignore this" counts there.
    usual_evidence
        Sum of positive contributions to the true class that is usual for the network as it was;
        a map whose sum falls below a tenth of it costs extra, for a map of zeros is no reason.

    Returns
    -------
    Tensor
        A scalar; exactly 0, with a gradient of exactly 0, if no slice is annotated.
    """
    rows = torch.nonzero(masks.weight > 0)[:, 0]
    if len(rows) == 0:
        return contributions[:0].sum()
    kept = _without_place(masks.select(rows), labels[rows])
    contribution = contributions[rows, labels[rows]]
    losses = MAP_LOSSES[name](contribution, kept)
    if usual_evidence > 0:
        total = functional.relu(contribution).sum((1, 2))
        vanished = functional.relu(1 - total / (KEPT_EVIDENCE * usual_evidence))
        losses = losses + vanished * (labels[rows] != NO_TUMOR)
    return (losses * kept.weight).sum() / kept.weight.sum()


def energy(contribution: Tensor, masks: CellMasks) -> Tensor:
    """Ask for the positive evidence to lie on "look here", and for none on "ignore this".

    Negative evidence on "ignore this" is reliance as well, so its magnitude counts there.
    """
    positive, magnitude = functional.relu(contribution), contribution.abs()
    unknown = (1 - masks.evidence - masks.not_evidence).clamp_min(0)
    counted = masks.evidence + masks.not_evidence + masks.unknown_weight[:, None, None] * unknown
    share = _summed(masks.evidence * positive) / (_summed(counted * positive) + TINY)
    has_evidence = (masks.evidence.amax((1, 2)) > 0).float()
    astray = _summed(masks.not_evidence * magnitude) / (_summed(magnitude) + TINY)
    return has_evidence * (1 - share) + astray


def rrr_cam(contribution: Tensor, masks: CellMasks) -> Tensor:
    """Square the contributions on "ignore this", relative to what they are now (Ross et al.)."""
    squared = contribution.square()
    usual = squared.mean((1, 2)).detach() + TINY**2
    return (masks.not_evidence * squared).mean((1, 2)) / usual


def hint(contribution: Tensor, masks: CellMasks) -> Tensor:
    """Ask every place marked "look here" for as much evidence as the strongest place gives."""
    missing = masks.evidence * (_scaled(contribution) - 1).square()
    return _summed(missing) / (_summed(masks.evidence) + TINY)


def l1(contribution: Tensor, masks: CellMasks) -> Tensor:
    """Compare the map, scaled to its maximum, with the marks."""
    unknown = (1 - masks.evidence - masks.not_evidence).clamp_min(0)
    counted = masks.evidence + masks.not_evidence + masks.unknown_weight[:, None, None] * unknown
    distance = counted * (_scaled(contribution) - masks.evidence).abs()
    return _summed(distance) / (_summed(counted) + TINY)


def rrr_input_loss(network: EvidenceNetwork, images: Tensor, masks: CellMasks) -> Tensor:
    """Square the gradient of the summed log-probabilities with respect to "ignore this" pixels.

    Parameters
    ----------
    images
        Prepared slices, shape ``(n, 1, size, size)`` in 0..1.

    Returns
    -------
    Tensor
        A scalar, as in `reasons_loss`. It needs the gradient of a gradient through the whole
        network, which is why it costs several times an ordinary step.
    """
    rows = torch.nonzero((masks.weight > 0) & (masks.not_evidence.amax((1, 2)) > 0))[:, 0]
    if len(rows) == 0:
        return images[:0].sum()
    kept = masks.select(rows)
    asked = images[rows].clone().requires_grad_()
    log_p = functional.log_softmax(network(asked).logits, 1)
    (slope,) = torch.autograd.grad(log_p.sum(), asked, create_graph=True)
    pixels = functional.interpolate(kept.not_evidence[:, None], images.shape[-1], mode="nearest")
    losses = (pixels * slope).square().sum((1, 2, 3))
    return (losses * kept.weight).sum() / kept.weight.sum()


MAP_LOSSES: Mapping[MapLossName, MapLoss] = {
    "energy": energy,
    "rrr_cam": rrr_cam,
    "hint": hint,
    "l1": l1,
}


def _without_place(masks: CellMasks, labels: Tensor) -> CellMasks:
    has_place = (labels != NO_TUMOR).float()
    return CellMasks(
        masks.evidence * has_place[:, None, None],
        masks.not_evidence,
        masks.unknown_weight * has_place,
        masks.weight,
    )


def _scaled(contribution: Tensor) -> Tensor:
    positive = functional.relu(contribution)
    return positive / (positive.amax((1, 2), keepdim=True) + TINY)


def _summed(values: Tensor) -> Tensor:
    return values.sum((1, 2))
