"""Decide on a volume from the logits of its slices.

Most slices of a patient with a tumor do not show it, so neither the mean nor a vote over all slices
will do; one slice alone is too easily fooled. The rule looks for evidence that is sustained over
neighboring slices. See docs/explanation/volume-decision.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.prediction import TUMOR_CLASSES

WINDOW_MM = 9.0  # a lesion worth naming reaches through this much tissue
FEWEST_SLICES = 2
LARGEST_SHARE = 1 / 6  # of the voting slices: headers that give thick slices as thin are common
VOTING_HEAD = 0.5  # of the largest cut through the head; the crown and the neck do not vote
NO_TUMOR = TUMOR_CLASSES.index("notumor")


@dataclass(frozen=True, slots=True, eq=False)
class VolumeDecision:
    """What neighboring slices say together.

    Attributes
    ----------
    logits
        Shape `(classes,)`: the mean over the deciding slices, and the allowance on `notumor`.
    decided_by
        Positions of those slices in the given order, strongest first.
    """

    logits: NDArray[np.float64]
    decided_by: tuple[int, ...]


def decide_volume(
    logits: NDArray[np.float32],
    head: NDArray[np.float32],
    *,
    gap_mm: float,
    allowance: float = 0.0,
) -> VolumeDecision:
    """Average the logits over the run of neighboring slices that speaks most for a tumor.

    Parameters
    ----------
    logits
        Shape `(slices, classes)` in the order of `TUMOR_CLASSES`, slices in order of position.
    head
        Shape `(slices,)`: area of the head in each slice, any unit.
    gap_mm
        Between one slice and the next.
    allowance
        What the largest margin over all runs reaches in healthy heads; a tumor has to exceed it.

    Notes
    -----
    A run is 9 mm long, at least two slices (if there are two), at most a sixth of those that vote.
    For every run the margin is the largest mean tumor logit minus the mean logit of `notumor`;
    slices that disagree about the kind of tumor cancel. The run with the largest margin decides,
    whatever its sign. The best of many runs is high even where nothing is: so the
    allowance, measured on healthy heads, is added to the mean logit of `notumor`.
    """
    voters = np.flatnonzero(head >= VOTING_HEAD * head.max())
    wanted = min(round(WINDOW_MM / gap_mm), int(LARGEST_SHARE * len(voters)))
    length = min(len(voters), max(FEWEST_SLICES, wanted))
    sums = np.cumsum(np.vstack([np.zeros(logits.shape[1]), logits[voters]]), axis=0)
    means = (sums[length:] - sums[:-length]) / length
    start = int(np.argmax(tumor_margin(means)))
    window = voters[start : start + length]
    mean = logits[window].astype(np.float64).mean(axis=0)
    winner = int(np.argmax(mean))
    strength = logits[window, winner] - np.delete(logits[window], winner, axis=1).max(axis=1)
    mean[NO_TUMOR] += allowance
    return VolumeDecision(mean, tuple(int(i) for i in window[np.argsort(-strength)]))


def tumor_margin(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Measure how far the likeliest tumor stands above `notumor`, over the last axis."""
    tumors = np.delete(logits, NO_TUMOR, axis=-1)
    return np.asarray(tumors.max(axis=-1) - logits[..., NO_TUMOR], np.float64)
