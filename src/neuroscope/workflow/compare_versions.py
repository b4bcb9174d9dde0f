"""What two versions of a model say of one study, slice by slice."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import NotFoundError
from neuroscope.explain.evidence_map import contributions_for
from neuroscope.records.analysis import SeriesFinding, SliceFinding
from neuroscope.store.database import Store
from neuroscope.store.evidence import load_analysis
from neuroscope.store.results import read_analysis


@dataclass(frozen=True, slots=True, eq=False)
class ComparedSlice:
    """A slice that both have run.

    Attributes
    ----------
    evidence_cosine
        How alike the positive evidence of both for the first's answer lies: 1 the same places, 0
        others. None where one has none, or their maps have other cells.
    """

    first: SliceFinding
    second: SliceFinding
    evidence_cosine: float | None

    @property
    def changed(self) -> bool:
        """Whether they name another class."""
        return self.first.prediction.label != self.second.prediction.label


@dataclass(frozen=True, slots=True, eq=False)
class ComparedSeries:
    """A series as both see it; `only_one` counts slices that one of them has not run."""

    first: SeriesFinding
    second: SeriesFinding
    slices: tuple[ComparedSlice, ...]
    only_one: int


def compare_versions(
    store: Store, study_id: str, first_id: str, second_id: str
) -> tuple[ComparedSeries, ...]:
    """Lay two analyses of one study side by side; series that only one has are left out.

    Raises
    ------
    NotFoundError
        If one of them is no analysis of this study.
    """
    for analysis_id in (first_id, second_id):
        if read_analysis(store, analysis_id).study_id != study_id:
            raise NotFoundError("The study has no such analysis.", fix="Open the study again.")
    first, second = (load_analysis(store, one) for one in (first_id, second_id))
    others = {found.series_id: found for found in second.series}
    return tuple(
        _series(found, others[found.series_id])
        for found in first.series
        if found.series_id in others
    )


def _series(first: SeriesFinding, second: SeriesFinding) -> ComparedSeries:
    ours, theirs = ({found.index: found for found in one.slices} for one in (first, second))
    both = sorted(set(ours) & set(theirs)) if first.axis == second.axis else []
    slices = tuple(
        ComparedSlice(ours[index], theirs[index], _cosine(ours[index], theirs[index]))
        for index in both
    )
    return ComparedSeries(first, second, slices, len(set(ours) | set(theirs)) - len(both))


def _cosine(first: SliceFinding, second: SliceFinding) -> float | None:
    target = first.prediction.label
    one, other = (_positive(found, target) for found in (first, second))
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    if one.shape != other.shape or length == 0:
        return None
    return float(np.clip((one * other).sum() / length, 0.0, 1.0))


def _positive(found: SliceFinding, target: str) -> NDArray[np.float64]:
    return np.maximum(contributions_for(found.evidence, target), 0).astype(np.float64)
