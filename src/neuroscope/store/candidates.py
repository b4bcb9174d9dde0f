"""The slices that the active model has analyzed, as the queue of what to read next takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from neuroscope.records.geometry import Affine, checked_affine
from neuroscope.records.prediction import ModelRef
from neuroscope.records.volume import Plane
from neuroscope.store.blobs import ArrayBlob, read_array
from neuroscope.store.database import Store
from neuroscope.store.models import EVIDENCE, active_row
from neuroscope.store.result_rows import model_ref
from neuroscope.store.studies import study_folder
from neuroscope.store.tables import (
    AnalysisRow,
    SeriesFindingRow,
    SeriesRow,
    SliceFindingRow,
    SliceLookRow,
    StudyRow,
)

Key = tuple[str, str]  # study, series


@dataclass(frozen=True, slots=True)
class AnalyzedSlice:
    """A slice, and what the active model says of it; `index` counts along its series."""

    study_id: str
    pseudonym: str
    series_id: str
    index: int
    name: str
    analysis_id: str
    p_class: Mapping[str, float]
    outlier_score: float | None


@dataclass(frozen=True, slots=True, eq=False)
class AnalyzedSeries:
    """How a series was cut: `axis`, `shape` and `affine` are None for plain pictures."""

    axis: int | None
    plane: Plane | None
    shape: tuple[int, ...] | None
    affine: Affine | None


@dataclass(frozen=True, slots=True, eq=False)
class AnalyzedSlices:
    """All slices that the active model has analyzed; row n of every array is slice n.

    Attributes
    ----------
    embedding
        Shape `(n, d)`.
    linear
        The logits are linear in so many first numbers of the embedding; in all if None.
    outside, scatter
        Shape `(n,)`, as in `explain/location.py`.
    model
        None if nothing was analyzed.
    to_analyze_again
        Studies whose newest analysis another version made, or one of before looks were kept.
    """

    slices: tuple[AnalyzedSlice, ...]
    series: Mapping[Key, AnalyzedSeries]
    embedding: NDArray[np.float64]
    linear: int | None
    outside: NDArray[np.float64]
    scatter: NDArray[np.float64]
    model: ModelRef | None
    to_analyze_again: tuple[str, ...]


def read_analyzed_slices(store: Store) -> AnalyzedSlices:
    """Return every slice of the newest analyses by the active model."""
    with store.reading() as session:
        newest = _newest_analyses(session)
        active = active_row(session, EVIDENCE)
        own = {
            study_id: row
            for study_id, row in newest.items()
            if active is None or row.model_sha256 == active.weights_sha256
        }
        looks: list[SliceLookRow] = []
        slices: list[AnalyzedSlice] = []
        series: dict[Key, AnalyzedSeries] = {}
        for study_id, row in own.items():
            found = _slices(session, study_id, row.id)
            looks += [look for look, _ in found]
            slices += [one for _, one in found]
            if found:
                series |= _series(session, study_id, row.id)
    ready = {one.study_id for one in slices}
    return AnalyzedSlices(
        slices=tuple(slices),
        series=series,
        embedding=_embedding(store, looks, slices),
        linear=looks[0].linear if looks else None,
        outside=np.array([look.outside for look in looks], np.float64),
        scatter=np.array([look.scatter for look in looks], np.float64),
        model=model_ref(next(iter(own.values()))) if own else None,
        to_analyze_again=tuple(sorted(set(newest) - ready)),
    )


def _newest_analyses(session: Session) -> dict[str, AnalysisRow]:
    query = (
        select(AnalysisRow)
        .where(
            AnalysisRow.finished.is_not(None),
            AnalysisRow.is_trial.is_(False),
            AnalysisRow.model_name == EVIDENCE,
        )
        .order_by(AnalysisRow.study_id, AnalysisRow.created.desc(), AnalysisRow.id)
    )
    newest: dict[str, AnalysisRow] = {}
    for row in session.scalars(query):
        newest.setdefault(row.study_id, row)
    return newest


def _slices(
    session: Session, study_id: str, analysis_id: str
) -> list[tuple[SliceLookRow, AnalyzedSlice]]:
    look, finding = SliceLookRow, SliceFindingRow
    is_same = (
        (finding.analysis_id == look.analysis_id)
        & (finding.series_id == look.series_id)
        & (finding.index == look.index)
    )
    query = (
        select(look, finding.name, finding.prediction)
        .join(finding, is_same)
        .where(look.analysis_id == analysis_id)
        .order_by(look.series_id, look.index)
    )
    pseudonym = session.get_one(StudyRow, study_id).pseudonym
    return [
        (
            seen,
            AnalyzedSlice(
                study_id=study_id,
                pseudonym=pseudonym,
                series_id=seen.series_id,
                index=seen.index,
                name=name,
                analysis_id=analysis_id,
                p_class=prediction["p_class"],
                outlier_score=prediction["outlier_score"],
            ),
        )
        for seen, name, prediction in session.execute(query)
    ]


def _series(session: Session, study_id: str, analysis_id: str) -> dict[Key, AnalyzedSeries]:
    query = (
        select(SeriesFindingRow, SeriesRow)
        .join(SeriesRow, SeriesRow.id == SeriesFindingRow.series_id)
        .where(SeriesFindingRow.analysis_id == analysis_id, SeriesRow.study_id == study_id)
    )
    return {
        (study_id, row.id): AnalyzedSeries(
            axis=finding.axis,
            plane=cast("Plane | None", finding.plane),
            shape=tuple(row.array["shape"]) if row.array else None,
            affine=checked_affine(row.affine) if row.affine else None,
        )
        for finding, row in session.execute(query)
    }


def _embedding(
    store: Store, looks: Sequence[SliceLookRow], slices: Sequence[AnalyzedSlice]
) -> NDArray[np.float64]:
    chunks: dict[str, NDArray[np.float32]] = {}
    rows = []
    for look, one in zip(looks, slices, strict=True):
        key = f"{one.study_id}/{look.embedding['sha256']}"
        if key not in chunks:
            blob = ArrayBlob.from_json(look.embedding)
            chunks[key] = read_array(study_folder(store, one.study_id), blob)
        rows.append(chunks[key][look.position])
    return np.stack(rows).astype(np.float64) if rows else np.zeros((0, 0))
