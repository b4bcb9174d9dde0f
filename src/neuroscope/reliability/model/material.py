"""What the sections of a model's audit work on, and what each gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.focus import FocusRow
from neuroscope.records.modelaudit import Curve, Finding, Measure, NotDone, Table
from neuroscope.reliability.audited import AuditedModel, Case, MethodScore, Said
from neuroscope.reliability.counterfactual.effects import Effect
from neuroscope.reliability.passport.localization import Localized

NO_LABEL = -1


@dataclass(frozen=True, slots=True, eq=False)
class Pictured:
    """What is known of the n pictures of an audit, whatever the model; arrays have shape ``(n,)``.

    Attributes
    ----------
    labels
        Index into the classes of the models; `NO_LABEL` without a label they know.
    sources
        Code of where each picture comes from, as the set says or its marks suggest.
    surroundings
        What lies outside the heads, shrunk, shape ``(n, features)``.
    without_tumor
        The pictures whose tumor is known, healed of it and shrunk, and their numbers.
    controls
        How maps that know nothing lie on the tumors: name to one value for each outlined picture.
    """

    files: tuple[str, ...]
    labels: NDArray[np.int64]
    patients: NDArray[Any]
    sources: NDArray[np.int64]
    source_from: str
    surroundings: NDArray[np.float32]
    without_tumor: NDArray[np.float32]
    without_tumor_rows: NDArray[np.int64]
    controls: Mapping[str, tuple[Localized, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.files)


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """One model on all pictures, and on those of them that were changed.

    Attributes
    ----------
    said
        Answers to all pictures, without maps.
    rows
        The focus table; empty for a model without maps.
    localized, localized_rows
        How maps lie on outlined tumors, and the numbers of those pictures.
    at_best
        How the outlines themselves lie on those tumors, shown as coarsely as the model's maps.
    best_rows
        The focus table, were these outlines the model's maps.
    changed, changed_rows
        The pictures that were changed, and their numbers.
    said_of_changed
        Answers to them, unchanged.
    without_head
        Answers to them with the head blanked.
    mirrored
        Answers to them with left and right exchanged.
    curves
        Right answers as the pictures get worse.
    borne, borne_rows
        Mean of them over all kinds of change and severities, by picture, and their numbers.
    ms_per_picture
        Preparation and answer, in a batch.
    explained, explained_rows
        What every method of explanation scored on some outlined pictures, and their numbers.
    not_explained
        The methods that the model cannot have, and why.
    """

    model: AuditedModel
    pictured: Pictured
    said: Said
    rows: Sequence[FocusRow] = ()
    localized: Sequence[Localized] = ()
    localized_rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    at_best: Sequence[Localized] = ()
    best_rows: Sequence[FocusRow] = ()
    changed: Sequence[Case] = ()
    changed_rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    said_of_changed: Said | None = None
    without_head: Said | None = None
    mirrored: Said | None = None
    effects: Mapping[str, Effect] = field(default_factory=dict)
    curves: Sequence[Curve] = ()
    borne: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    borne_rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    ms_per_picture: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    explained: Mapping[str, Sequence[MethodScore]] = field(default_factory=dict)
    explained_rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    not_explained: Mapping[str, str] = field(default_factory=dict)
    is_first: bool = True  # what concerns the pictures alone is told with the first model
    seed: int = 0

    @property
    def known(self) -> NDArray[np.int64]:
        """Numbers of the pictures with a label that the model knows."""
        return np.flatnonzero(self.pictured.labels != NO_LABEL)


@dataclass(frozen=True, slots=True)
class Part:
    """What one section found."""

    measures: tuple[Measure, ...] = ()
    curves: tuple[Curve, ...] = ()
    tables: tuple[Table, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_done: tuple[NotDone, ...] = ()


def cannot(part: str, why: str, material: Material) -> Part:
    """Say why a section has nothing."""
    return Part(not_done=(NotDone(part, why, material.model.name),))
