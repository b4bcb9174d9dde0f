"""Say in plain words when an input does not look like an upright MR slice of a head.

Gates are measurements that anyone can check on the picture. A tiny network beside the evidence
network knows heads that lie another way, inverted gray values and pictures of something else
(`models/pose.py`). What it was not taught may still be far from the training slices: the embedding
is compared with theirs (`models/outlier.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.models.outlier import CAUTION_BELOW, Reference, distance
from neuroscope.models.pose import Pose

Float32 = NDArray[np.float32]

LEAST_CONTRAST = 0.02  # standard deviation of the normalized gray values in the head

UNLIKE_TRAINING = (
    "This picture is unlike the brain MR slices the model was trained on; "
    "its probabilities are not calibrated here."
)
UPSIDE_DOWN = "This slice may be upside down; turn it so that the face or the crown is up."
TURNED_LEFT = "This slice may lie on its side; turn it a quarter turn to the right (clockwise)."
TURNED_RIGHT = (
    "This slice may lie on its side; turn it a quarter turn to the left (counterclockwise)."
)
INVERTED = "Black and white may be inverted in this picture; the air around a head should be black."
NO_HEAD = "This picture does not look like a slice of a head; do not rely on its answer."
NOT_A_HEAD = (
    "What stands out in this picture fills less or more of it than a head usually does; "
    "is it an MR slice of a head?"
)
FLAT = "This picture holds almost no structure."
CAUTION_OF: Mapping[Pose, str] = {
    "upside down": UPSIDE_DOWN,
    "turned left": TURNED_LEFT,
    "turned right": TURNED_RIGHT,
    "inverted": INVERTED,
    "no head": NO_HEAD,
}


@dataclass(frozen=True, slots=True)
class Plausibility:
    """How unusual an input is (`Prediction.outlier_score`), and what a reader should know of it."""

    score: float | None
    cautions: tuple[str, ...]


def plausibility(
    image: Float32,
    head: NDArray[np.bool_],
    head_fraction: float,
    embedding: Float32,
    *,
    reference: Reference | None,
    pose: Pose,
    bounds: tuple[float, float],
    assessed: float | None = None,
) -> Plausibility:
    """Compare one prepared slice with those of the training.

    Parameters
    ----------
    image, head
        Shape `(size, size)`, from `prepare_slice`.
    head_fraction, bounds
        Of the original picture; `bounds` are the least and the largest in training.
    embedding
        Shape `(channels,)`, from the network.
    reference
        None if it was not fitted for these weights: then nothing is scored.
    pose
        From the pose network; upright if there is none.
    assessed
        The outlier score, where more than the reference is known of these weights
        (`models/doubt.py`).
    """
    cautions = [CAUTION_OF[pose]] if pose in CAUTION_OF else []
    score = assessed
    if score is None and reference is not None:
        score = outlier_score(embedding, reference)
    if pose not in ("inverted", "no head") and not bounds[0] <= head_fraction <= bounds[1]:
        cautions.append(NOT_A_HEAD)
    if not head.any() or float(image[head].std()) < LEAST_CONTRAST:
        cautions.append(FLAT)
    if score is not None and score > 1:
        cautions.append(UNLIKE_TRAINING)
    if cautions:
        score = max(score or 0.0, 1.01)
    return Plausibility(score, tuple(cautions))


def outlier_score(embedding: Float32, reference: Reference) -> float:
    """Score a distance: 0 at or below the median of validation slices, 1 where 1 % are farther."""
    typical, reach = np.quantile(reference.held_out, (0.5, 1 - CAUTION_BELOW))
    far = float(distance(embedding[None], reference)[0])
    return max(0.0, float((far - typical) / max(reach - typical, 1e-6)))
