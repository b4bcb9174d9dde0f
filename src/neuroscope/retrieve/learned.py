"""Learn from readers' judgments how similarity is to be measured, and whether that is any better.

A diagonal metric is fitted so that relevant cases lie nearer than irrelevant ones (logistic loss on
triplets), held to the plain cosine by a ridge. It is accepted only if it orders cases that it was
not fitted on better, by patient, with an interval above 0. It never touches a prediction.

References
----------
Schultz and Joachims 2003 (relative comparisons); Jarvelin and Kekalainen 2002 (nDCG).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from neuroscope.records.metric import Metric
from neuroscope.records.similar import Embedded, VectorSpace
from neuroscope.retrieve.rank import late_interaction
from neuroscope.statistics import FEW_UNITS, Compared, compare_by_unit

FEWEST_JUDGMENTS = 50
DEPTH = 10  # of nDCG
FOLDS = 5
RIDGES = (0.3, 1.0, 3.0, 10.0, 30.0)  # weights of the pull to the plain cosine
SHARPNESS = 10.0  # a gap of .1 in cosine is worth one unit of the logistic loss
STEPS = 100
RESAMPLES = 500

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A query and the past cases that were judged for it.

    Attributes
    ----------
    patient
        Whose the query is; a patient is never on both sides of a fold.
    cases
        Vectors of all judged cases.
    relevant
        For each case, by its id.
    """

    patient: str
    query: Embedded
    cases: Embedded
    relevant: dict[str, bool]

    @property
    def is_telling(self) -> bool:
        """Whether there is an order to learn: some cases relevant, some not."""
        return len(set(self.relevant.values())) == 2


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What came of learning.

    Attributes
    ----------
    metric
        None unless it was accepted.
    judgments, queries, patients
        What it was learned on.
    compared
        nDCG@10 on queries left out: learned against plain; None where it was not measured.
    why
        In words, why it was accepted or not.
    """

    metric: Metric | None
    judgments: int
    queries: int
    patients: int
    compared: Compared | None
    why: str


def learn_metric(judged: Sequence[Judged], space: VectorSpace, *, seed: int = 0) -> Learned:
    """Learn a metric from judgments, and accept it only if it is better on queries left out.

    Parameters
    ----------
    judged
        Queries whose patient or kin are among their own cases must be left out before.

    Notes
    -----
    Patients of queries are dealt into folds. The strength of the ridge is chosen within the other
    folds, so that the nDCG of a fold is of a metric that never saw its patients as queries. The
    cases that were judged may be the same in several folds.
    """
    telling = [one for one in judged if one.is_telling]
    judgments = sum(len(one.relevant) for one in telling)
    patients = np.array([one.patient for one in telling])
    number = len(np.unique(patients))
    if judgments < FEWEST_JUDGMENTS or number < FEW_UNITS:
        why = (
            f"{judgments} judgments of {number} patients can be learned from; {FEWEST_JUDGMENTS} "
            f"of {FEW_UNITS} are needed, with relevant and irrelevant cases for the same query."
        )
        return Learned(None, judgments, len(telling), number, None, why)
    folds = _folds(patients, seed)
    plain = np.array([_ndcg(one, None) for one in telling])
    learned = np.empty(len(telling))
    for fold in range(FOLDS):
        inside = [one for one, of in zip(telling, folds, strict=True) if of != fold]
        blind = _fitted(inside, space, _best_ridge(inside, space, seed + 1))
        for row in np.flatnonzero(folds == fold):
            learned[row] = _ndcg(telling[row], blind)
    compared = compare_by_unit(_mean, learned, plain, patients, resamples=RESAMPLES, seed=seed)
    gain = compared.difference
    accepted = gain.low > 0 and compared.verdict() == "first higher"
    metric = _fitted(telling, space, _best_ridge(telling, space, seed + 1)) if accepted else None
    why = (
        f"nDCG@{DEPTH} on patients left out: {compared.first.value:.3f} learned, "
        f"{compared.second.value:.3f} plain; difference {gain.value:+.3f} "
        f"({gain.low:+.3f} to {gain.high:+.3f}, {number} patients): "
        f"{'accepted' if accepted else 'not accepted, the interval must lie above 0'}."
    )
    return Learned(metric, judgments, len(telling), number, compared, why)


def ndcg(relevant: Sequence[bool], *, depth: int = DEPTH) -> float:
    """Rate an order of cases, best first: 1 if all relevant ones stand before all others.

    Examples
    --------
    >>> ndcg([True, True, False]), round(ndcg([False, True]), 3)
    (1.0, 0.631)
    """
    gains = np.asarray(relevant, np.float64)
    discounts = 1 / np.log2(np.arange(2, len(gains) + 2))
    discounts[depth:] = 0
    best = np.sort(gains)[::-1] @ discounts
    return float(gains @ discounts / best) if best > 0 else float("nan")


def _ndcg(one: Judged, metric: Metric | None) -> float:
    order = late_interaction(one.query, one.cases, metric=metric)
    return ndcg([one.relevant[ranked.case_id] for ranked in order])


def _mean(values: NDArray[Any], rows: NDArray[np.int64]) -> float:
    return float(values[rows].mean())


def _folds(patients: NDArray[Any], seed: int) -> NDArray[np.int64]:
    names, of = np.unique(patients, return_inverse=True)
    dealt = np.random.default_rng(seed).permutation(len(names)) % FOLDS
    return np.asarray(dealt[of], np.int64)


def _best_ridge(judged: Sequence[Judged], space: VectorSpace, seed: int) -> float:
    """Choose the ridge by nDCG on patients left out; the strongest of equals."""
    folds = _folds(np.array([one.patient for one in judged]), seed)
    found = {}
    for ridge in RIDGES:
        scores = []
        for fold in range(FOLDS):
            inside = [one for one, of in zip(judged, folds, strict=True) if of != fold]
            outside = [one for one, of in zip(judged, folds, strict=True) if of == fold]
            metric = _fitted(inside, space, ridge)
            scores += [_ndcg(one, metric) for one in outside]
        found[ridge] = round(float(np.mean(scores)), 6)
    return max(RIDGES, key=lambda ridge: (found[ridge], ridge))


def _fitted(judged: Sequence[Judged], space: VectorSpace, ridge: float) -> Metric:
    """Fit log weights, 0 at the plain cosine, by gradient descent (L-BFGS)."""
    triplets = _Triplets(judged)

    def loss(log_weights: Float64) -> tuple[float, Float64]:
        value, slope = triplets.loss(log_weights)
        return value + ridge * float(log_weights @ log_weights) / len(log_weights), (
            slope + 2 * ridge * log_weights / len(log_weights)
        )

    start = np.zeros(space.dimension)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return Metric(space, np.exp(found.x / 2).astype(np.float32))


class _Triplets:
    """All triplets (query, relevant case, irrelevant case), each query of the same weight.

    A case is scored as `late_interaction` does, with the pairs that plain cosine finds.
    """

    def __init__(self, judged: Sequence[Judged]) -> None:
        firsts, seconds, owners, shares = [], [], [], []
        near, far, weights, cases = [], [], [], 0
        for one in judged:
            numbers = {}
            for case in one.relevant:
                rows, others = _pairs(one.query, one.cases, case)
                firsts.append(one.query.vectors[rows])
                seconds.append(one.cases.vectors[others])
                owners += [cases] * len(rows)
                shares += [1 / len(one.query.entries)] * len(rows)
                numbers[case] = cases
                cases += 1
            good = [numbers[case] for case, is_near in one.relevant.items() if is_near]
            bad = [numbers[case] for case, is_near in one.relevant.items() if not is_near]
            near += [n for n in good for _ in bad]
            far += bad * len(good)
            weights += [1 / (len(good) * len(bad) * len(judged))] * (len(good) * len(bad))
        self._first = np.concatenate(firsts).astype(np.float64)
        self._second = np.concatenate(seconds).astype(np.float64)
        self._owners, self._shares = np.array(owners), np.array(shares)
        self._near, self._far, self._weights = np.array(near), np.array(far), np.array(weights)
        self._cases = cases

    def loss(self, log_weights: Float64) -> tuple[float, Float64]:
        """Give the logistic loss and its slope."""
        weights = np.exp(log_weights)
        product = (self._first * self._second) @ weights
        lengths = np.sqrt((self._first**2) @ weights), np.sqrt((self._second**2) @ weights)
        cosine = product / (lengths[0] * lengths[1])
        scores = np.bincount(self._owners, cosine * self._shares, self._cases)
        gap = SHARPNESS * (scores[self._near] - scores[self._far])
        value = float(self._weights @ np.logaddexp(0, -gap))
        pull = -self._weights * SHARPNESS / (1 + np.exp(gap))
        of_case = np.bincount(self._near, pull, self._cases)
        of_case -= np.bincount(self._far, pull, self._cases)
        of_pair = of_case[self._owners] * self._shares
        slope = (of_pair / (lengths[0] * lengths[1])) @ (self._first * self._second)
        slope -= (of_pair * cosine / 2 / lengths[0] ** 2) @ self._first**2
        slope -= (of_pair * cosine / 2 / lengths[1] ** 2) @ self._second**2
        return value, slope * weights


def _pairs(query: Embedded, cases: Embedded, case: str) -> tuple[list[int], list[int]]:
    """Name for each vector of the query its nearest of the same kind in a case."""
    rows, others = [], []
    for number, asked in enumerate(query.entries):
        same = [
            row
            for row, entry in enumerate(cases.entries)
            if entry.case_id == case and entry.kind == asked.kind
        ]
        if same:
            cosines = cases.vectors[same] @ query.vectors[number]
            rows.append(number)
            others.append(same[int(cosines.argmax())])
    return rows, others
