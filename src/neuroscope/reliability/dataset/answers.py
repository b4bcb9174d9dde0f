"""How much of an accuracy is owed to pictures that were seen in training."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.dataaudit import Answered, Picture
from neuroscope.reliability.dataset.split import is_training
from neuroscope.statistics import Interval, bootstrap_by_unit

RESAMPLES = 1000


def accuracy_without_leaks(
    pictures: Sequence[Picture],
    leaked: NDArray[np.bool_],
    groups: NDArray[Any],
    answers: Mapping[str, str],
    *,
    by: str,
    seed: int = 0,
) -> Answered | str:
    """Compare answers with labels on the pictures that were not trained on.

    Parameters
    ----------
    answers
        Answer for every file; files without one are left out.
    by
        Whose answers these are, in words.

    Returns
    -------
    Answered | str
        Accuracies with intervals by group; or why there are none.
    """
    asked = np.array(
        [
            picture.label is not None and picture.file in answers and not is_training(picture.split)
            for picture in pictures
        ],
        np.bool_,
    )
    if not asked.any():
        return "No labeled picture outside training has an answer."
    right = np.array([answers.get(p.file) == p.label for p in pictures], np.float64)

    def accuracy(rows: NDArray[np.bool_]) -> Interval:
        values = right[rows]
        return bootstrap_by_unit(
            lambda drawn: float(values[drawn].mean()),
            groups[rows],
            resamples=RESAMPLES,
            seed=seed,
        )

    return Answered(
        whole=accuracy(asked),
        leaked=accuracy(asked & leaked) if (asked & leaked).any() else None,
        clean=accuracy(asked & ~leaked) if (asked & ~leaked).any() else None,
        by=by,
    )
