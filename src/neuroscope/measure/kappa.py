"""Agreement of readers on labels, beyond what chance would give.

References
----------
Cohen 1960 (doi:10.1177/001316446002000104) and 1968 for weights; Fleiss 1971
(doi:10.1037/h0031619); Krippendorff 2011, Computing Krippendorff's alpha-reliability.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuroscope.errors import BadInputError
from neuroscope.statistics import RESAMPLES, Interval, bootstrap_by_unit

Weights = Literal["none", "linear", "quadratic"]
Level = Literal["nominal", "ordinal", "interval"]
Coefficient = Literal["cohen", "fleiss", "alpha"]
Numbers = NDArray[np.float64]


def cohen_kappa(first: ArrayLike, second: ArrayLike, *, weights: Weights = "none") -> float:
    """Measure how two readers agree on labels beyond chance.

    Parameters
    ----------
    first, second
        A label of each reader for each subject, shape `(n,)`. With weights the labels must be
        numbers, whose order and not whose size counts.
    weights
        How a miss counts: any the same, by the steps between the labels, or by their square.

    Returns
    -------
    float
        1 for full agreement, 0 for chance; nan if both readers only ever used one same label.
    """
    one, other = np.asarray(first), np.asarray(second)
    if one.shape != other.shape or one.ndim != 1 or not len(one):
        raise BadInputError(
            f"The labels have the shapes {one.shape} and {other.shape}.",
            fix="Give one label of each reader for each subject.",
        )
    names, codes = np.unique(np.concatenate([one, other]), return_inverse=True)
    table = np.zeros((len(names), len(names)))
    np.add.at(table, (codes[: len(one)], codes[len(one) :]), 1 / len(one))
    cost = _cost(len(names), weights)
    by_chance = float((np.outer(table.sum(1), table.sum(0)) * cost).sum())
    return 1 - float((table * cost).sum()) / by_chance if by_chance > 0 else float("nan")


def fleiss_kappa(counts: ArrayLike) -> float:
    """Measure how several readers agree on labels beyond chance.

    Parameters
    ----------
    counts
        How many readers gave subject n the label k, shape `(subjects, labels)`; every row has the
        same sum, of 2 or more. The readers need not be the same people from row to row.

    Returns
    -------
    float
        1 for full agreement, 0 for chance; nan if one label was given throughout.

    Examples
    --------
    >>> fleiss_kappa([[3, 0], [0, 3], [3, 0]])
    1.0
    """
    table = np.asarray(counts, np.float64)
    readers = table.sum(1)
    if table.ndim != 2 or not len(table) or readers.min() < 2 or np.ptp(readers) > 0:
        raise BadInputError(
            "Fleiss' kappa needs the same number of readers, 2 or more, for every subject.",
            fix="Leave out subjects that fewer have read, or use Krippendorff's alpha.",
        )
    n = float(readers[0])
    agreed = float((((table**2).sum(1) - n) / (n * (n - 1))).mean())
    by_chance = float(((table.sum(0) / table.sum()) ** 2).sum())
    return (agreed - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan")


def krippendorff_alpha(ratings: ArrayLike, *, level: Level = "ordinal") -> float:
    """Measure how readers agree on numbers; not every reader needs to have seen every subject.

    Parameters
    ----------
    ratings
        Numbers, shape `(readers, subjects)`, nan where a reader did not see the subject.
    level
        What the numbers mean: names, ranks, or sizes whose differences count.

    Returns
    -------
    float
        1 for full agreement, 0 for chance; nan if fewer than two values occur among subjects that
        two or more readers saw.
    """
    table = np.asarray(ratings, np.float64)
    if table.ndim != 2:
        raise BadInputError(
            f"The ratings have shape {table.shape}.", fix="Give (readers, subjects)."
        )
    paired = table[:, np.isfinite(table).sum(0) >= 2]
    seen = np.isfinite(paired)
    values = np.unique(paired[seen])
    if len(values) < 2:
        return float("nan")
    counts = np.stack([(paired == value).sum(0) for value in values], axis=1).astype(np.float64)
    readers = counts.sum(1)
    shares = counts / (readers - 1)[:, None]
    coincidences = shares.T @ counts - np.diag(shares.sum(0))
    totals = coincidences.sum(1)
    far = _distance(values, totals, level)
    by_chance = np.outer(totals, totals) - np.diag(totals)
    observed = float((coincidences * far).sum())
    expected = float((by_chance * far).sum()) / (totals.sum() - 1)
    return 1 - observed / expected if expected > 0 else float("nan")


def label_agreement(
    ratings: ArrayLike,
    patients: NDArray[Any],
    *,
    coefficient: Coefficient = "alpha",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Measure the agreement on labels with its interval by patient.

    Parameters
    ----------
    ratings
        Numbers of labels, shape `(readers, subjects)`; for Krippendorff's alpha, which takes them
        as ranks, nan where a reader did not see the subject.
    patients
        Of every subject, shape `(subjects,)`.
    coefficient
        Cohen's kappa takes two readers.
    """
    table = np.asarray(ratings, np.float64)
    if coefficient != "alpha" and not np.isfinite(table).all():
        raise BadInputError(
            "Not every reader labeled every subject.", fix="Use Krippendorff's alpha."
        )
    if coefficient == "cohen" and len(table) != 2:
        raise BadInputError(
            f"Cohen's kappa compares two readers; these are {len(table)}.", fix="Use Fleiss' kappa."
        )
    values = np.unique(table[np.isfinite(table)])

    def measured(rows: NDArray[np.int64]) -> float:
        part = table[:, rows]
        if coefficient == "cohen":
            return cohen_kappa(part[0], part[1])
        if coefficient == "alpha":
            return krippendorff_alpha(part)
        return fleiss_kappa(np.stack([(part == value).sum(0) for value in values], axis=1))

    return bootstrap_by_unit(measured, patients, resamples=resamples, seed=seed)


def _cost(labels: int, weights: Weights) -> Numbers:
    steps = np.abs(np.subtract.outer(np.arange(labels), np.arange(labels))).astype(np.float64)
    return {"none": (steps > 0).astype(np.float64), "linear": steps, "quadratic": steps**2}[weights]


def _distance(values: Numbers, totals: Numbers, level: Level) -> Numbers:
    """Give the squared distances between values, shape `(values, values)`."""
    if level == "nominal":
        return 1 - np.eye(len(values))
    if level == "interval":
        return np.asarray(np.subtract.outer(values, values) ** 2)
    rank = np.cumsum(totals) - totals / 2
    return np.asarray(np.subtract.outer(rank, rank) ** 2)
