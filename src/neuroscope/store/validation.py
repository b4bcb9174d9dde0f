"""Find analyzed slices by what is true of them; count them by every flag in one question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, cast

import numpy as np
from sqlalchemy import ColumnElement, Select, Subquery, func, select, tuple_
from sqlalchemy.orm import Session

from neuroscope.errors import NotFoundError
from neuroscope.records.focus import REGIONS, FocusRow
from neuroscope.records.geometry import checked_affine, transform
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.records.study import Role
from neuroscope.records.volume import Plane
from neuroscope.store.database import Store
from neuroscope.store.slice_focus import focus_of_row
from neuroscope.store.tables import SeriesFindingRow, SeriesRow, SliceFindingRow
from neuroscope.store.validation_query import DISPUTED, NONE, UNKNOWN, analyzed_slices
from neuroscope.store.validation_tables import SelectionRow, SliceFocusRow

Order = Literal["newest", "unsure", "sure", "unusual"]
MOST = 50_000  # slices that one answer names
AT_ONCE = 500  # rows asked for in one statement

# What can be chosen of every facet, in the order it is shown.
FACETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "truth": (*TUMOR_CLASSES, DISPUTED, UNKNOWN),
        "predicted": TUMOR_CLASSES,
        "reason": (
            "right_there",
            "right_elsewhere",
            "wrong_there",
            "wrong_elsewhere",
            UNKNOWN,
        ),
        "dominant": (*REGIONS, "diffuse", "no evidence", UNKNOWN),
        "passport": ("passed", "failed", "not assessed", UNKNOWN),
        "abstained": ("yes", "no"),
        "verdict": ("plausible", "partly", "artefact", NONE),
    }
)


@dataclass(frozen=True, slots=True)
class SliceFilter:
    """Which slices are wanted; a facet that is not named may be anything.

    Attributes
    ----------
    chosen
        By facet of `FACETS`, the values wanted.
    p_from, p_to
        Bounds of the probability of the predicted class, both included.
    words
        Part of a pseudonym.
    selection
        Token of slices picked on another page; empty for all.
    """

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    p_from: float = 0.0
    p_to: float = 1.0
    words: str = ""
    selection: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The slices that match, in order, and counts.

    Attributes
    ----------
    ids
        At most `MOST`.
    total
        How many match.
    all_slices
        How many there are without any filter.
    facets
        By facet and value: how many there are if the other filters stay as they are.
    matrix
        By true and predicted class: the same, whatever is chosen of these two.
    """

    ids: tuple[int, ...]
    total: int
    all_slices: int
    facets: Mapping[str, Mapping[str, int]]
    matrix: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationSlice:
    """An analyzed slice, as a reader may see it.

    Attributes
    ----------
    position_mm
        The middle of a slice of a volume in RAS+ millimeters.
    verdict, note, version
        The reader's own; version 0 if there is none.
    """

    id: int
    study_id: str
    pseudonym: str
    analysis_id: str
    model_sha256: str
    series_id: str
    role: Role
    plane: Plane | None
    index: int
    name: str
    position_mm: tuple[float, float, float] | None
    predicted: str
    p_class: Mapping[str, float]
    outlier: float | None
    truth: str
    reason: str
    dominant: str
    passport: str
    abstained: bool
    verdict: str
    focus: FocusRow | None

    @property
    def p_predicted(self) -> float:
        """Probability of the predicted class."""
        return self.p_class[self.predicted]


def find_slices(
    store: Store, wanted: SliceFilter, *, reader: str, order: Order = "newest"
) -> Found:
    """Find the slices that match, and count all others beside.

    Raises
    ------
    NotFoundError
        If there is no such selection.
    """
    slices = analyzed_slices(reader)
    with store.reading() as session:
        plain = _plain_conditions(session, slices, wanted)
        names = [slices.c[name] for name in FACETS]
        groups = session.execute(select(*names, func.count()).where(*plain).group_by(*names)).all()
        page = select(slices.c.id).where(*plain, *_chosen(slices, wanted))
        ids = session.scalars(page.order_by(*_order(slices, order)).limit(MOST)).all()
        everything = session.scalar(select(func.count()).select_from(slices)) or 0
    counted = [(dict(zip(FACETS, group[:-1], strict=True)), int(group[-1])) for group in groups]
    return Found(
        ids=tuple(ids),
        total=sum(n for values, n in counted if _matches(values, wanted, besides=())),
        all_slices=everything,
        facets={facet: _count(counted, wanted, facet) for facet in FACETS},
        matrix=_matrix(counted, wanted),
    )


def read_slices(store: Store, ids: Sequence[int], *, reader: str) -> tuple[ValidationSlice, ...]:
    """Return slices by id, in the order asked for; those that are gone are left out."""
    found: dict[int, ValidationSlice] = {}
    with store.reading() as session:
        for first in range(0, len(ids), AT_ONCE):
            for row in session.execute(_rows(ids[first : first + AT_ONCE], reader)):
                found[row.id] = _slice(row)
    return tuple(found[one] for one in ids if one in found)


def require_slice(store: Store, slice_id: int, *, reader: str) -> ValidationSlice:
    """Return one slice.

    Raises
    ------
    NotFoundError
        If it is gone, or a newer analysis took its place.
    """
    found = read_slices(store, [slice_id], reader=reader)
    if not found:
        raise NotFoundError(
            "This slice is not in the grid any more.",
            fix="Load the page again: its study was deleted, or analyzed anew.",
        )
    return found[0]


def _plain_conditions(
    session: Session, slices: Subquery, wanted: SliceFilter
) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.p_from > 0:
        conditions.append(slices.c.p_predicted >= wanted.p_from)
    if wanted.p_to < 1:
        conditions.append(slices.c.p_predicted <= wanted.p_to)
    if wanted.words.strip():
        conditions.append(slices.c.pseudonym.icontains(wanted.words.strip(), autoescape=True))
    if wanted.selection:
        picked = session.get(SelectionRow, wanted.selection)
        if picked is None:
            raise NotFoundError(
                "There is no such selection of slices.", fix="Pick them again, or look at all."
            )
        key = tuple_(slices.c.study_id, slices.c.series_id, slices.c.index)
        conditions.append(key.in_([tuple(one) for one in picked.slices]))
    return conditions


def _chosen(slices: Subquery, wanted: SliceFilter) -> list[ColumnElement[bool]]:
    return [slices.c[facet].in_(values) for facet, values in wanted.chosen.items() if values]


def _order(slices: Subquery, order: Order) -> list[ColumnElement[Any]]:
    c = slices.c
    place = [c.created.desc(), c.study_id, c.series_id, c.index]
    first: dict[Order, list[ColumnElement[Any]]] = {
        "newest": [],
        "unsure": [c.p_predicted],
        "sure": [c.p_predicted.desc()],
        "unusual": [func.coalesce(c.outlier, -1.0).desc()],
    }
    return [*first[order], *place]


def _matches(values: Mapping[str, str], wanted: SliceFilter, *, besides: tuple[str, ...]) -> bool:
    return all(
        not choice or facet in besides or values[facet] in choice
        for facet, choice in wanted.chosen.items()
    )


def _count(
    counted: Sequence[tuple[Mapping[str, str], int]], wanted: SliceFilter, facet: str
) -> dict[str, int]:
    counts = dict.fromkeys(FACETS[facet], 0)
    for values, n in counted:
        if _matches(values, wanted, besides=(facet,)):
            counts[values[facet]] = counts.get(values[facet], 0) + n
    return counts


def _matrix(
    counted: Sequence[tuple[Mapping[str, str], int]], wanted: SliceFilter
) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for values, n in counted:
        if _matches(values, wanted, besides=("truth", "predicted")):
            key = values["truth"], values["predicted"]
            counts[key] = counts.get(key, 0) + n
    return counts


def _rows(ids: Sequence[int], reader: str) -> Select[Any]:
    slices, focus, finding = analyzed_slices(reader), SliceFocusRow, SliceFindingRow
    is_same = (
        (finding.analysis_id == focus.analysis_id)
        & (finding.series_id == focus.series_id)
        & (finding.index == focus.index)
    )
    of_series = (SeriesFindingRow.analysis_id == focus.analysis_id) & (
        SeriesFindingRow.series_id == focus.series_id
    )
    series = (SeriesRow.study_id == slices.c.study_id) & (SeriesRow.id == focus.series_id)
    return (
        select(
            slices,
            focus,
            finding.name,
            finding.prediction,
            SeriesFindingRow.axis,
            SeriesFindingRow.plane,
            SeriesRow.role,
            SeriesRow.array,
            SeriesRow.affine,
        )
        .select_from(slices)
        .join(focus, focus.id == slices.c.id)
        .join(finding, is_same)
        .join(SeriesRow, series)
        .outerjoin(SeriesFindingRow, of_series)
        .where(slices.c.id.in_(ids))
    )


def _slice(row: Any) -> ValidationSlice:
    focus: SliceFocusRow = row.SliceFocusRow
    true = row.truth if row.truth in TUMOR_CLASSES else None
    return ValidationSlice(
        id=row.id,
        study_id=row.study_id,
        pseudonym=row.pseudonym,
        analysis_id=focus.analysis_id,
        model_sha256=row.model_sha256,
        series_id=focus.series_id,
        role=cast("Role", row.role),
        plane=cast("Plane | None", row.plane),
        index=focus.index,
        name=row.name,
        position_mm=_middle_mm(row.array, row.affine, row.axis, focus.index),
        predicted=focus.predicted,
        p_class=row.prediction["p_class"],
        outlier=focus.outlier,
        truth=row.truth,
        reason=row.reason,
        dominant=row.dominant,
        passport=row.passport,
        abstained=focus.abstained,
        verdict=row.verdict,
        focus=focus_of_row(
            focus, pseudonym=row.pseudonym, model_sha256=row.model_sha256, true=true
        ),
    )


def _middle_mm(
    array: Mapping[str, Any] | None, affine: Any, axis: int | None, index: int
) -> tuple[float, float, float] | None:
    if array is None or affine is None or axis is None:
        return None
    middle = (np.array(array["shape"][:3], np.float64) - 1) / 2
    middle[axis] = index
    r, a, s = transform(checked_affine(affine), middle).tolist()
    return r, a, s
