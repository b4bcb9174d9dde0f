"""Ask about the slice under random masks, and credit the places that were shown.

References
----------
Petsiuk et al. 2018 (arXiv:1806.07421).
"""

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neuroscope.explain.attribution.asking import BATCH, scores
from neuroscope.explain.attribution.cells import interpolation
from neuroscope.explain.attribution.question import Question
from neuroscope.records.attribution import Attribution
from neuroscope.records.explanationmethod import method_named

GRID = 8  # coarse places a side of a mask
SHOWN = 0.5  # share of places that a mask shows
SURE = 4.0  # standard errors: the largest of many values is two or three by chance

Floats = NDArray[np.float32]


def rise(network: nn.Module, question: Question, *, grid: int = GRID) -> Attribution:
    """Estimate the answer with a place shown minus the answer with it hidden.

    Parameters
    ----------
    grid
        Coarse places a side; each mask is drawn on them, enlarged smoothly and shifted at random.

    Notes
    -----
    The published map is the mean answer over masks that show a place. This one takes away the mean
    over those that hide it, so that 0 means no effect and values are logits: the covariance of
    answer and mask, divided by the variance of the mask. What is hidden looks as in the reference.
    The standard error is that of the mean over independent masks.
    """
    number = max(2, question.asks(method_named("rise").budget or 2))
    masks = _Masks(np.random.default_rng(question.seed), number, grid, question.image.shape)
    absent, detail = question.absent, question.image - question.absent
    answers = np.concatenate(
        [
            scores(network, absent + masks.some(start) * detail, question.target)
            for start in range(0, number, BATCH)
        ]
    )
    values, standard_error = _credited(masks, answers)
    return Attribution(
        values,
        "rise",
        question.target,
        notes={
            "masks": float(number),
            "mean_answer": float(answers.mean()),
            "largest_standard_error": float(standard_error.max()),
        },
        standard_error=standard_error,
        cautions=_noisy(values, standard_error),
    )


class _Masks:
    """Random masks, kept as coarse grids and shifts, and enlarged when asked for."""

    def __init__(
        self, rng: np.random.Generator, number: int, grid: int, shape: tuple[int, ...]
    ) -> None:
        self._shape = shape
        cells = [-(-n // grid) for n in shape]
        self._grids = (rng.random((number, grid + 1, grid + 1)) < SHOWN).astype(np.float32)
        self._shifts = np.stack([rng.integers(0, cell, number) for cell in cells], 1)
        self._down, self._across = (
            interpolation((grid + 1) * cell, grid + 1, (cell - 1) / 2, float(cell))
            for cell in cells
        )

    def some(self, start: int) -> Floats:
        """Give the next masks from one on, shape `(n, rows, columns)`, values 0..1."""
        rows, columns = self._shape
        large = self._down @ self._grids[start : start + BATCH] @ self._across.T
        shifts = self._shifts[start : start + BATCH]
        return np.stack(
            [one[i : i + rows, j : j + columns] for one, (i, j) in zip(large, shifts, strict=True)]
        )


def _credited(masks: _Masks, answers: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Relate answers to masks: slope at every place, and its standard error."""
    number, off = len(answers), answers - answers.mean()
    shape = masks.some(0).shape[1:]
    total, squares = np.zeros(shape), np.zeros(shape)
    spread = 0.0
    for start in range(0, number, BATCH):
        shown = masks.some(start) - SHOWN
        credit = shown * off[start : start + BATCH, None, None]
        total += credit.sum(0, dtype=np.float64)
        squares += np.square(credit, dtype=np.float64).sum(0)
        spread += float(np.square(shown, dtype=np.float64).sum())
    spread /= number * total.size
    mean = total / number
    error = np.sqrt(np.maximum(squares / number - mean**2, 0) / (number - 1))
    return np.asarray(mean / spread, np.float32), np.asarray(error / spread, np.float32)


def _noisy(values: Floats, standard_error: Floats) -> tuple[str, ...]:
    peak = int(np.abs(values).argmax())
    if abs(float(values.flat[peak])) > SURE * float(standard_error.flat[peak]):
        return ()
    return ("The masks were too few: even the largest value is within its random error.",)
