"""What the border of a picture alone, or any other features, tell of its label."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.dataaudit import Border
from neuroscope.reliability.dataset.background import Features, forest_answers
from neuroscope.statistics import association_by_unit, balanced_accuracy, bootstrap_by_unit

Answerer = Callable[[Features, NDArray[np.int64], Features], NDArray[Any]]

FOLDS = 3
TREES = 60
PER_LABEL = 500  # pictures of a label that take part at most: more do not change the answer
RESAMPLES = 500


def border_predictability(
    outside: Features, labels: NDArray[np.int64], groups: NDArray[Any], *, seed: int = 0
) -> Border | str:
    """Answer from what lies outside the head, in folds that part no group.

    Parameters
    ----------
    outside
        Of `background.outside_of`, shape ``(n, features)``.
    labels
        Codes of the labels, shape ``(n,)``.
    groups
        Group of every picture, shape ``(n,)``.

    Returns
    -------
    Border | str
        Or why it cannot be told.
    """

    def forest(known: Features, asked_of: NDArray[np.int64], asked: Features) -> NDArray[Any]:
        return forest_answers(known, asked_of, asked, trees=TREES, seed=seed)

    return predictability(outside, labels, groups, forest, seed=seed)


def predictability(
    features: Features,
    labels: NDArray[np.int64],
    groups: NDArray[Any],
    answer: Answerer,
    *,
    seed: int = 0,
) -> Border | str:
    """Learn labels from features and answer, in folds that part no group.

    Parameters
    ----------
    answer
        Takes known features, their labels, and the features asked about; gives labels.

    Returns
    -------
    Border | str
        Or why it cannot be told.
    """
    if len(np.unique(labels)) < 2:
        return "All pictures bear one label."
    fewest = min(len(np.unique(groups[labels == label])) for label in np.unique(labels))
    if fewest < FOLDS:
        return f"A label has {fewest} groups; {FOLDS} folds need {FOLDS}."
    from sklearn.model_selection import StratifiedGroupKFold

    rows = _thinned(labels, seed)
    features, labels, groups = features[rows], labels[rows], groups[rows]
    answers = np.full(len(labels), -1, np.int64)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for known, asked in folds.split(features, labels, groups):
        answers[asked] = answer(features[known], labels[known], features[asked])
    accuracy = bootstrap_by_unit(
        lambda drawn: balanced_accuracy(answers[drawn], labels[drawn]),
        groups,
        strata=labels,
        resamples=RESAMPLES,
        seed=seed,
    )
    p = association_by_unit(
        lambda dealt: balanced_accuracy(answers, dealt.astype(np.int64)),
        labels,
        groups,
        resamples=RESAMPLES,
        seed=seed,
    )
    return Border(accuracy, 1 / len(np.unique(labels)), p)


def _thinned(labels: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    rows = [
        rng.permutation(np.flatnonzero(labels == label))[:PER_LABEL] for label in np.unique(labels)
    ]
    return np.sort(np.concatenate(rows))
