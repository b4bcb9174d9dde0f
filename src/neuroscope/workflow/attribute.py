"""Explain a slice by a method, and say how long it took and whether it agrees with the evidence."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import spearmanr
from torch import nn

from neuroscope.errors import MissingExtraError, ModelError, NeuroscopeError
from neuroscope.explain.attribution.question import Question
from neuroscope.explain.methods import attribute
from neuroscope.preprocess.slice_input import PreparedSlice, map_on_pixels
from neuroscope.records.attribution import Attribution
from neuroscope.records.passport import Passport
from neuroscope.reliability.passport.of_method import hardly_changes

SMOOTHED = 1 / 32  # of the side: standard deviation
LOW_AGREEMENT = 0.3  # Spearman: below it two maps tell different stories


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """A map, the seconds it took, and its rank correlation with the evidence map in the head.

    Both maps are smoothed first, so that the grain of a method counts for nothing.
    `agreement` is None where one of the two is constant, or the network gives no evidence;
    `passport` until the map was tested (`workflow/tested_maps.py`).
    """

    attribution: Attribution
    seconds: float
    agreement: float | None
    passport: Passport | None = None

    @property
    def is_trusted(self) -> bool:
        """Whether the map failed none of its tests; one that did is drawn gray."""
        return self.passport is None or self.passport.outcome != "failed"

    @property
    def cautions(self) -> tuple[str, ...]:
        """Those of the method, one if it outlives what the network learned, one if maps differ."""
        found = self.attribution.cautions
        if self.passport is not None:
            tests = {test.name: test for test in self.passport.tests}
            if said := hardly_changes(tests.get("model_randomization")):
                found = (said, *found)
        if self.agreement is None or self.agreement >= LOW_AGREEMENT:
            return found
        return (*found, disagrees(self.agreement))


@dataclass(frozen=True, slots=True)
class NotDone:
    """A method that could not be run, and why."""

    method: str
    problem: str
    fix: str


def disagrees(agreement: float) -> str:
    """Say that a map and the evidence map point to different places."""
    return (
        f"This map and the evidence map point to different places (rank correlation "
        f"{agreement:.2f}): do not rely on where either points without looking further."
    )


def question_of(
    prepared: PreparedSlice, target: int, *, seed: int = 0, budget: int | None = None
) -> Question:
    """Ask about a prepared slice."""
    return Question(
        image=prepared.image, head=prepared.head, target=target, seed=seed, budget=budget
    )


def explain_slice(network: nn.Module, question: Question, method: str) -> Explained:
    """Explain a slice by one method.

    Raises
    ------
    NeuroscopeError
        As `explain.methods.attribute`.
    """
    start = time.perf_counter()
    found = attribute(network, question, method)
    seconds = time.perf_counter() - start
    return Explained(found, seconds, _agreement(network, question, found))


def explain_by_all(
    network: nn.Module, question: Question, methods: Sequence[str]
) -> tuple[tuple[Explained, ...], tuple[NotDone, ...]]:
    """Explain a slice by several methods; those that cannot be run are named with the reason.

    Raises
    ------
    BadInputError
        For an unknown method or class, which no other method could mend.
    """
    done, not_done = [], []
    for method in methods:
        try:
            done.append(explain_slice(network, question, method))
        except (ModelError, MissingExtraError) as error:
            not_done.append(_not_done(method, error))
    return tuple(done), tuple(not_done)


def on_pixels(
    values: NDArray[np.float32], prepared: PreparedSlice, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Carry a map of the prepared slice onto the pixels of the original one."""
    return map_on_pixels(values, prepared.to_pixels, shape, offset=0.0, jump=1.0)


def on_input(mask: NDArray[np.bool_], prepared: PreparedSlice) -> NDArray[np.bool_]:
    """Carry a mask of the original pixels to the prepared slice, by the nearest pixel."""
    lines = []
    for axis in (0, 1):
        at = np.arange(prepared.image.shape[axis])
        at = np.rint(at * prepared.to_pixels[axis, axis] + prepared.to_pixels[axis, 2])
        lines.append(at.astype(int))
    rows, columns = lines
    inside = [(at >= 0) & (at < n) for at, n in zip(lines, mask.shape, strict=True)]
    found = mask[np.ix_(rows.clip(0, mask.shape[0] - 1), columns.clip(0, mask.shape[1] - 1))]
    return np.asarray(found & inside[0][:, None] & inside[1][None, :])


def _agreement(network: nn.Module, question: Question, found: Attribution) -> float | None:
    if found.method == "evidence":
        return None
    try:
        exact = attribute(network, question, "evidence").values
    except ModelError:
        return None
    head = question.where_head
    sigma = SMOOTHED * max(head.shape)
    one, other = (gaussian_filter(np.float64(m), sigma)[head] for m in (exact, found.values))
    if one.size < 3 or one.min() == one.max() or other.min() == other.max():
        return None
    return float(spearmanr(one, other).statistic)


def _not_done(method: str, error: NeuroscopeError) -> NotDone:
    return NotDone(method, error.problem, error.fix)
