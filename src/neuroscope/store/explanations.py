"""Maps of explanation methods that someone asked for, kept with the analysis they explain."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.records.passport import Passport, passport_from
from neuroscope.store.blobs import ArrayBlob, sync_folder, write_array
from neuroscope.store.database import Store
from neuroscope.store.explanation_tables import SliceExplanationRow
from neuroscope.store.result_rows import folder_of
from neuroscope.store.tables import SliceFindingRow

REPLACED = "replaced:"  # a row of this method and a region holds no map: see `replacements.py`


@dataclass(frozen=True, slots=True)
class Asked:
    """Which map is asked for: the method and class, and the slice of an analysis."""

    analysis_id: str
    series_id: str
    index: int
    target: str
    method: str


@dataclass(frozen=True, slots=True)
class StoredExplanation:
    """A map, or that someone waits for it (`maps` is None).

    Attributes
    ----------
    seconds
        The work took.
    agreement
        Rank correlation with the evidence map inside the head.
    maps
        Float32 of shape `(3, size, size)`: the slice as the network sees it, its evidence map, and
        the map of the method.
    passport, evidence_passport
        How the map of the method, and the evidence map beside it, did in their tests; None for maps
        that were made before such maps were tested.
    """

    asked: Asked
    job_id: str
    seconds: float | None = None
    agreement: float | None = None
    notes: Mapping[str, float | str] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()
    maps: ArrayBlob | None = None
    passport: Passport | None = None
    evidence_passport: Passport | None = None


def note_asked(session: Session, asked: Asked, job_id: str) -> None:
    """Note that a job shall make a map; of an earlier job nothing stays.

    Raises
    ------
    NotFoundError
        If the slice was not analyzed.
    """
    if session.get(SliceFindingRow, (asked.analysis_id, asked.series_id, asked.index)) is None:
        raise NotFoundError(
            "This slice has no finding in this analysis.",
            fix="Wait for the analysis to end, or choose one of the slices it lists.",
        )
    row = session.get(SliceExplanationRow, key_of(asked))
    if row is None:
        session.add(SliceExplanationRow(**_names(asked), job_id=job_id))
    else:
        row.job_id = job_id


def find_explanation(session: Session, asked: Asked) -> StoredExplanation | None:
    """Return a map or who waits for it; None if nobody asked."""
    row = session.get(SliceExplanationRow, key_of(asked))
    return None if row is None else _stored(row)


def list_explanations(
    store: Store, analysis_id: str, series_id: str, index: int
) -> tuple[StoredExplanation, ...]:
    """List what was asked for a slice, by class and method."""
    with store.reading() as session:
        rows = session.scalars(
            select(SliceExplanationRow)
            .where(
                SliceExplanationRow.analysis_id == analysis_id,
                SliceExplanationRow.series_id == series_id,
                SliceExplanationRow.index == index,
                SliceExplanationRow.method.not_like(REPLACED + "%"),
            )
            .order_by(SliceExplanationRow.target, SliceExplanationRow.method)
        )
        return tuple(_stored(row) for row in rows)


def asked_by(store: Store, job_id: str) -> Asked:
    """Say what a job shall make.

    Raises
    ------
    NotFoundError
        If nobody waits for it any more: its analysis was deleted.
    """
    with store.reading() as session:
        row = session.scalars(
            select(SliceExplanationRow).where(SliceExplanationRow.job_id == job_id)
        ).first()
    if row is None:
        raise NotFoundError("The analysis was deleted.", fix="Ask again for one that is there.")
    return _stored(row).asked


def save_explanation(
    store: Store,
    asked: Asked,
    maps: NDArray[np.float32],
    *,
    seconds: float,
    agreement: float | None,
    notes: Mapping[str, float | str],
    cautions: tuple[str, ...],
    passport: Passport | None = None,
    evidence_passport: Passport | None = None,
) -> None:
    """Keep a finished map.

    Parameters
    ----------
    maps
        Shape `(3, size, size)`, see `StoredExplanation`.

    Raises
    ------
    BadInputError
        For another shape.
    NotFoundError
        If the analysis was deleted meanwhile.
    """
    if maps.ndim != 3 or len(maps) != 3:
        raise BadInputError(
            f"The maps have shape {maps.shape}.", fix="Give slice, evidence and map."
        )
    with answered(store, asked, maps) as row:
        row.seconds, row.agreement = seconds, agreement
        row.content = {
            "notes": dict(notes),
            "cautions": list(cautions),
            "passport": None if passport is None else passport.as_dict(),
            "evidence_passport": None if evidence_passport is None else evidence_passport.as_dict(),
        }


@contextmanager
def answered(
    store: Store, asked: Asked, pictures: NDArray[np.float32]
) -> Iterator[SliceExplanationRow]:
    """Write the pictures first, then give the row that someone asked for, to be filled in.

    Raises
    ------
    NotFoundError
        If the analysis was deleted meanwhile.
    """
    folder = folder_of(store, asked.analysis_id)
    array = write_array(folder, np.asarray(pictures, np.float32))
    sync_folder(folder)
    with store.transaction() as session:
        row = session.get(SliceExplanationRow, key_of(asked))
        if row is None:
            raise NotFoundError("The analysis was deleted.", fix="Ask again for one that is there.")
        row.maps = array.to_json()
        yield row


def key_of(asked: Asked) -> tuple[str, str, int, str, str]:
    """Give the primary key of a row."""
    return asked.analysis_id, asked.series_id, asked.index, asked.target, asked.method


def _names(asked: Asked) -> dict[str, Any]:
    names = ("analysis_id", "series_id", "index", "target", "method")
    return dict(zip(names, key_of(asked), strict=True))


def _stored(row: SliceExplanationRow) -> StoredExplanation:
    content = row.content or {}
    return StoredExplanation(
        asked=Asked(row.analysis_id, row.series_id, row.index, row.target, row.method),
        job_id=row.job_id,
        seconds=row.seconds,
        agreement=row.agreement,
        notes=dict(content.get("notes", {})),
        cautions=tuple(content.get("cautions", ())),
        maps=ArrayBlob.from_json(row.maps) if row.maps else None,
        passport=_passport(content.get("passport")),
        evidence_passport=_passport(content.get("evidence_passport")),
    )


def _passport(stored: Mapping[str, Any] | None) -> Passport | None:
    return None if stored is None else passport_from(stored)
