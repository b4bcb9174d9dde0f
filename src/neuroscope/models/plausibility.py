"""Say in plain words when an input does not look like a brain MR slice.

Gates are measurements that anyone can check on the picture. The embedding is compared with those of
the training slices (`models/outlier.py`), and a linear probe on it knows slices that stand on their
head, because it was fitted on the same slices turned by 180 degrees.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import ModelError
from neuroscope.models.outlier import CAUTION_BELOW, Reference, distance

Float32 = NDArray[np.float32]

PROBE_NAME = "evidence.upright.npz"
LEAST_CONTRAST = 0.02  # standard deviation of the normalized gray values in the head

UNLIKE_TRAINING = (
    "This picture is unlike the brain MR slices the model was trained on; "
    "its probabilities are not calibrated here."
)
UPSIDE_DOWN = "This slice may be upside down; turn it so that the face or the crown is up."
NOT_A_HEAD = (
    "What stands out in this picture fills less or more of it than a head usually does; "
    "is it an MR slice of a head?"
)
FLAT = "This picture holds almost no structure."


@dataclass(frozen=True, slots=True, eq=False)
class UprightProbe:
    """A plane in the space of embeddings: on its negative side slices look upside down."""

    weights_sha256: str  # the weights it was fitted on; it says nothing about others
    normal: Float32  # (channels,)
    offset: float


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
    probe: UprightProbe | None,
    bounds: tuple[float, float],
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
    reference, probe
        None if they were not fitted for these weights: then only the gates speak.
    """
    cautions = []
    score = None if reference is None else outlier_score(embedding, reference)
    if not bounds[0] <= head_fraction <= bounds[1]:
        cautions.append(NOT_A_HEAD)
    if not head.any() or float(image[head].std()) < LEAST_CONTRAST:
        cautions.append(FLAT)
    if score is not None and score > 1:
        cautions.append(UNLIKE_TRAINING)
    if probe is not None and looks_upside_down(embedding, probe):
        cautions.append(UPSIDE_DOWN)
    if cautions:
        score = max(score or 0.0, 1.01)
    return Plausibility(score, tuple(cautions))


def outlier_score(embedding: Float32, reference: Reference) -> float:
    """Score a distance: 0 at or below the median of validation slices, 1 where 1 % are farther."""
    typical, reach = np.quantile(reference.held_out, (0.5, 1 - CAUTION_BELOW))
    far = float(distance(embedding[None], reference)[0])
    return max(0.0, float((far - typical) / max(reach - typical, 1e-6)))


def looks_upside_down(embedding: Float32, probe: UprightProbe) -> bool:
    """Ask on which side of the probe the slice lies."""
    return bool(embedding @ probe.normal + probe.offset < 0)


def fit_upright(
    upright: Float32, turned: Float32, *, false_alarms: float, weights_sha256: str
) -> UprightProbe:
    """Fit the plane that parts upright from turned slices, by ridge regression.

    Parameters
    ----------
    upright, turned
        Embeddings `(n, channels)` of the same slices as they are and turned by 180 degrees.
    false_alarms
        The fraction of upright slices that may fall on the wrong side.
    """
    both = np.concatenate([upright, turned]).astype(np.float64)
    mean, spread = both.mean(0), both.std(0) + 1e-6
    scaled = (both - mean) / spread
    side = np.concatenate([np.ones(len(upright)), -np.ones(len(turned))])
    gram = scaled.T @ scaled + 1e-2 * len(both) * np.eye(both.shape[1])
    normal = np.linalg.solve(gram, scaled.T @ side) / spread
    offset = -float(np.quantile(upright @ normal, false_alarms))
    return UprightProbe(weights_sha256, normal.astype(np.float32), offset)


def save_probe(probe: UprightProbe, folder: Path) -> None:
    """Write the probe beside the weights."""
    np.savez_compressed(
        folder / PROBE_NAME,
        weights_sha256=np.array(probe.weights_sha256),
        normal=probe.normal,
        offset=np.array(probe.offset),
    )


def load_probe(folder: Path, weights_sha256: str) -> UprightProbe | None:
    """Read the probe beside the weights; None if there is none for these very weights.

    Raises
    ------
    ModelError
        If the file is damaged.
    """
    path = folder / PROBE_NAME
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            probe = UprightProbe(
                str(stored["weights_sha256"]), stored["normal"], float(stored["offset"])
            )
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{PROBE_NAME} is damaged.", fix="Install neuroscope again.") from error
    return probe if probe.weights_sha256 == weights_sha256 else None
