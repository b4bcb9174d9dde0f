"""The result of one analysis: a finding for every series, and for every slice in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.arrays import read_only
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.imported import Unreadable
from neuroscope.records.passport import Passport, passport_of
from neuroscope.records.prediction import ModelRef, Prediction
from neuroscope.records.volume import Plane


@dataclass(frozen=True, slots=True, eq=False)
class SliceLook:
    """What decides whether a slice should be read next.

    Attributes
    ----------
    embedding
        How it looks to the network, shape `(d,)`.
    linear
        The logits are linear in so many first numbers of it; in all of them if None.
    outside, scatter
        Where the evidence for the answer lies (`explain/location.py`).
    """

    embedding: NDArray[np.float32]
    linear: int | None
    outside: float
    scatter: float

    def __post_init__(self) -> None:
        if self.embedding.ndim != 1:
            raise BadInputError(
                f"The embedding of a slice has shape {self.embedding.shape}.",
                fix="Give one row of the embeddings of a batch.",
            )
        object.__setattr__(self, "embedding", read_only(self.embedding))


@dataclass(frozen=True, slots=True, eq=False)
class SliceFinding:
    """What the model says of one slice. `index` counts along the series, from 0.

    `look` is there when it was just found; a stored finding is read without. `passports` say how
    the maps of the classes did in their tests; empty if they were not tested.
    """

    index: int
    name: str
    prediction: Prediction
    evidence: EvidenceCells
    look: SliceLook | None = None
    passports: tuple[Passport, ...] = ()

    @property
    def passport(self) -> Passport | None:
        """How the map of the answer did in its tests."""
        return passport_of(self.passports, self.prediction.label)


@dataclass(frozen=True, slots=True, eq=False)
class SeriesFinding:
    """The slices of one series; for a volume also the decision over all of them.

    Attributes
    ----------
    axis
        The voxel axis along which a volume was cut (0, 1 or 2); None for plain slices.
    plane
        The anatomical plane of the cuts, if known.
    decision
        The prediction for the whole volume; None for plain slices, which stand for themselves.
    decided_by
        Indices of the slices whose evidence made the decision, strongest first.
    not_run
        Indices of slices that hold no head and were not run.
    passports
        How the maps of a volume did in their tests, for each class; empty if they were not tested.
    """

    series_id: str
    slices: tuple[SliceFinding, ...]
    axis: int | None = None
    plane: Plane | None = None
    decision: Prediction | None = None
    decided_by: tuple[int, ...] = ()
    not_run: tuple[int, ...] = ()
    cautions: tuple[str, ...] = ()
    passports: tuple[Passport, ...] = ()

    def __post_init__(self) -> None:
        indices = [finding.index for finding in self.slices]
        if indices != sorted(set(indices)):
            raise BadInputError(
                "The findings of a series are not in order, or one stands twice.",
                fix="Sort them by index and keep each once.",
            )

    @property
    def passport(self) -> Passport | None:
        """How the map of the decision over a volume did in its tests."""
        return None if self.decision is None else passport_of(self.passports, self.decision.label)

    @property
    def headline(self) -> Prediction | None:
        """The decision for a volume; for slices, the surest tumor, else the surest slice."""
        if self.decision is not None or not self.slices:
            return self.decision
        predictions = [finding.prediction for finding in self.slices]
        tumors = [p for p in predictions if p.label != "notumor"]
        return max(tumors or predictions, key=lambda p: p.p_label)


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """All findings of one study by one model.

    Attributes
    ----------
    headline_series
        The id of the series that speaks for the study; None if none could be analyzed.
    """

    study_id: str
    pseudonym: str
    model: ModelRef
    series: tuple[SeriesFinding, ...]
    cautions: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    headline_series: str | None = None

    def __post_init__(self) -> None:
        known = {found.series_id for found in self.series}
        if self.headline_series is not None and self.headline_series not in known:
            raise BadInputError(
                "The series that speaks for the study is not among its findings.",
                fix="Name one of them, or none.",
            )

    @property
    def headline(self) -> SeriesFinding | None:
        """The finding that speaks for the study."""
        return next((s for s in self.series if s.series_id == self.headline_series), None)
