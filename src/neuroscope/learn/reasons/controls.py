"""Two retrainings with the same budget that must not achieve the same: the controls.

One learns classification alone. The other learns to look where another patient's marks are. What
both achieve as well was not learned from the reader's reasons.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.cells import CellMasks
from neuroscope.learn.reasons.retrain import Retrained, retrain
from neuroscope.learn.reasons.run import RetrainConfig
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.records.progress import Progress, ignore

STILL_RIGHT = 0.5  # another patient's mark that covers more of the own one is turned away from it


@dataclass(frozen=True, slots=True, eq=False)
class Controls:
    """What the same steps give without the reader's reasons."""

    classification: Retrained
    other_masks: Retrained


def train_controls(
    network: EvidenceNetwork,
    annotated: Annotated,
    replay: Cases,
    config: RetrainConfig,
    *,
    seed: int = 0,
    progress: Progress = ignore,
) -> Controls:
    """Retrain with the slices, steps and bounds of a run, and without its marks."""
    classification = retrain(
        network, annotated, replay, replace(config, loss="none"), lambda f: progress(f / 2)
    )
    wrong = with_other_masks(annotated, seed=seed)
    other_masks = retrain(network, wrong, replay, config, lambda f: progress((1 + f) / 2))
    return Controls(classification, other_masks)


def with_other_masks(annotated: Annotated, *, seed: int) -> Annotated:
    """Give every slice the marks of a slice of another patient.

    Where those happen to be right (all tags lie in the same corner, or there is but one patient),
    they are mirrored or turned to where they cover least of the slice's own marks of that kind.
    """
    rng = np.random.default_rng([seed, 2])
    rows = torch.from_numpy(_strangers(annotated.cases.units.astype(str), rng))
    own, other = annotated.masks, annotated.masks.select(rows)
    evidence = _turned_away(other.evidence, own.evidence)
    not_evidence = _turned_away(other.not_evidence, own.not_evidence) * (1 - evidence)
    masks = CellMasks(evidence, not_evidence, other.unknown_weight, own.weight)
    return Annotated(annotated.cases, masks)


def _strangers(units: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw for every row one of another unit, each as seldom as possible."""
    rows = np.empty(len(units), np.int64)
    used = np.zeros(len(units))
    for row in rng.permutation(len(units)):
        others = np.flatnonzero(units != units[row])
        others = others if len(others) else np.arange(len(units))
        fresh = others[used[others] == used[others].min()]
        rows[row] = rng.choice(fresh)
        used[rows[row]] += 1
    return rows


def _turned_away(marks: Tensor, own: Tensor) -> Tensor:
    """Turn each plane of marks ``(n, h, w)`` that covers too much of the slice's own."""
    turned = torch.stack(
        [flipped.rot90(k, (1, 2)) for flipped in (marks, marks.flip(2)) for k in range(4)], 1
    )
    hit = (turned * own[:, None]).sum((2, 3)) / own.sum((1, 2)).clamp_min(1e-9)[:, None]
    best = hit.argmin(1)
    chosen = torch.where(hit[:, 0] > STILL_RIGHT, best, 0)
    return turned[torch.arange(len(marks)), chosen]
