"""An analysis as the store tells it: without its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from neuroscope.errors import NotFoundError
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.imported import Unreadable
from neuroscope.records.prediction import ModelRef, Prediction
from neuroscope.records.volume import Plane
from neuroscope.store.blobs import ArrayBlob, Blob
from neuroscope.store.passports import MapTests

STEPS = 4096  # int16 steps from 0 to the largest scale: evidence up to 8 times it fits


@dataclass(frozen=True, slots=True)
class StoredSliceFinding:
    """What the model says of a slice, without its evidence."""

    index: int
    name: str
    prediction: Prediction
    completeness_error: float
    map_tests: MapTests | None = None


@dataclass(frozen=True, slots=True)
class StoredSeriesFinding:
    """What the model says of a series, without its evidence.

    `evidence` names the classes whose evidence volume is stored; `map_tests` tells how the map of
    a volume did.
    """

    series_id: str
    axis: int | None
    plane: Plane | None
    decision: Prediction | None
    decided_by: tuple[int, ...]
    not_run: tuple[int, ...]
    cautions: tuple[str, ...]
    slices: tuple[StoredSliceFinding, ...]
    evidence: Mapping[str, ArrayBlob]
    map_tests: MapTests | None = None


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """An analysis, without its evidence; `headline_series` speaks for the study.

    A trial was made with a named version, to compare: it does not speak for the study.
    """

    id: str
    study_id: str
    created: datetime
    finished: datetime | None
    model: ModelRef
    spec: EvidenceSpec
    series: tuple[StoredSeriesFinding, ...]
    cautions: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    report: Blob | None
    headline_series: str | None
    is_trial: bool

    @property
    def step(self) -> float:
        """What one unit of an int16 evidence volume means, in the unit of the evidence."""
        return step_of(self.spec)

    def require_series(self, series_id: str) -> StoredSeriesFinding:
        """Return the finding of one series.

        Raises
        ------
        NotFoundError
            If the analysis has none (yet).
        """
        for stored in self.series:
            if stored.series_id == series_id:
                return stored
        raise no_series()


def step_of(spec: EvidenceSpec) -> float:
    """Return what one unit of an int16 evidence volume means; the same for all classes."""
    return max(spec.scale) / STEPS


def no_series() -> NotFoundError:
    """Say that a series was not concluded."""
    return NotFoundError(
        "The analysis has no result for this series (yet).", fix="Wait for its job to end."
    )
