"""Make probabilities honest: one temperature for all classes, and how to measure the honesty.

References
----------
Guo et al. 2017 (arXiv:1706.04599) for the temperature; Nixon et al. 2019 (arXiv:1904.01685) for
bins of equal mass.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

SEARCHED = (0.05, 20.0)  # temperatures; a net outside this range is broken, not miscalibrated
BINS = 15


def probabilities(logits: NDArray[np.floating], *, temperature: float) -> NDArray[np.float64]:
    """Turn logits ``(n, classes)`` into calibrated probabilities of the same shape."""
    return np.asarray(softmax(np.asarray(logits, np.float64) / temperature, axis=1), np.float64)


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Find the temperature with the least negative log-likelihood.

    Parameters
    ----------
    logits
        Shape ``(n, classes)``, of cases the network was not trained on.
    labels
        True classes, shape ``(n,)``.

    Returns
    -------
    float
        Above 1 for an overconfident network; the predicted class never changes.
    """
    from scipy.optimize import minimize_scalar  # 0.4 s to import, needed in training only

    scores = np.asarray(logits, np.float64)
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        return float(-log_softmax(scores / np.exp(log_temperature), axis=1)[rows, labels].mean())

    found = minimize_scalar(loss, bounds=tuple(np.log(SEARCHED)), method="bounded")
    return float(np.exp(found.x))


def expected_calibration_error(
    p_class: NDArray[np.floating], labels: NDArray[np.integer], *, bins: int = BINS
) -> float:
    """Measure the mean gap between confidence and accuracy over bins of equal mass.

    Parameters
    ----------
    p_class
        Probabilities, shape ``(n, classes)``.
    labels
        True classes, shape ``(n,)``.

    Returns
    -------
    float
        0 for perfect calibration; nan without cases.
    """
    if len(labels) == 0:
        return float("nan")
    confidence = np.asarray(p_class).max(1)
    right = np.asarray(p_class).argmax(1) == np.asarray(labels)
    parts = np.array_split(np.argsort(confidence, kind="stable"), min(bins, len(labels)))
    gaps = [abs(confidence[part].mean() - right[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(labels))


def brier_score(p_class: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Measure the mean squared distance between probabilities and the truth (0 best, 2 worst)."""
    truth = np.eye(np.asarray(p_class).shape[1])[labels]
    return float(((np.asarray(p_class) - truth) ** 2).sum(1).mean())
