"""Keep what readers say an image shows: their own answer, from which a network can learn."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.store import audit
from neuroscope.store.assignments import place_of, reads_blind, require_series
from neuroscope.store.database import Store
from neuroscope.store.reading_tables import AssignmentRow, ReaderLabelRow
from neuroscope.store.tables import SeriesRow, SliceRow, now

WHOLE = -1  # how a row says that its label holds for the whole series


@dataclass(frozen=True, slots=True)
class ReaderLabel:
    """What one reader says an image shows.

    Attributes
    ----------
    slice_index
        Which picture of a series of plain pictures; None for the whole series.
    label
        One of `TUMOR_CLASSES`; None if the reader took the answer back.
    after_hand_in
        Whether the reading was handed in with another answer: that one counts where readers are
        compared, this one where a network learns.
    """

    study_id: str
    series_id: str
    slice_index: int | None
    reader: str
    label: str | None
    created: datetime
    after_hand_in: bool = False


def set_label(
    store: Store,
    study_id: str,
    series_id: str,
    *,
    slice_index: int | None,
    label: str | None,
    reader: str,
) -> ReaderLabel:
    """Note a reader's own answer, or take it back; said again, nothing changes.

    The answer that was handed in with a reading stays beside it.

    Raises
    ------
    NotFoundError
        If the study has no such series, or the series no such picture.
    BadInputError
        If there is no such class, or a picture of a volume is named: a volume has one answer.
    """
    if label is not None and label not in TUMOR_CLASSES:
        raise BadInputError(
            f"There is no class {label!r}.", fix=f"Use one of {', '.join(TUMOR_CLASSES)}."
        )
    with store.transaction() as session:
        _require_image(session, study_id, series_id, slice_index)
        place = WHOLE if slice_index is None else slice_index
        row = session.get(ReaderLabelRow, (study_id, series_id, place, reader))
        if row is not None and row.label == label:
            return _label_of(row, _handed_in(session, row))
        if row is None:
            row = ReaderLabelRow(
                study_id=study_id, series_id=series_id, slice_index=place, reader=reader
            )
            session.add(row)
        row.label, row.created = label, now()
        session.flush()
        said = _label_of(row, _handed_in(session, row))
        facts: dict[str, str | bool | None] = {**facts_of(row)}
        if said.after_hand_in:
            facts["after_hand_in"] = True
        audit.append(session, "label.set", object_id(row), actor=reader, facts=facts)
        return said


def list_labels(
    store: Store, study_id: str, series_id: str, *, reader: str
) -> tuple[ReaderLabel, ...]:
    """List what readers say of a series and its pictures; a blind reader sees only their own.

    Raises
    ------
    NotFoundError
        If the study has no such series.
    """
    row = ReaderLabelRow
    query = select(row).where(
        row.study_id == study_id, row.series_id == series_id, row.label.is_not(None)
    )
    with store.reading() as session:
        require_series(session, study_id, series_id)
        if reads_blind(session, study_id, series_id, reader):
            query = query.where(row.reader == reader)
        found = session.scalars(query.order_by(row.slice_index, row.reader))
        return tuple(_label_of(one, _handed_in(session, one)) for one in found)


def read_all_labels(store: Store) -> tuple[ReaderLabel, ...]:
    """Return every answer that counts; those of blind readings not submitted are left out."""
    row = ReaderLabelRow
    query = (
        select(row)
        .where(row.label.is_not(None))
        .order_by(row.study_id, row.series_id, row.slice_index, row.reader)
    )
    with store.reading() as session:
        return tuple(
            _label_of(one, _handed_in(session, one))
            for one in session.scalars(query)
            if not reads_blind(session, one.study_id, one.series_id, one.reader)
        )


def read_handed_in(store: Store) -> tuple[ReaderLabel, ...]:
    """Return every answer that counts where readers are compared.

    Of readings that were handed in, the answers as they were then; else as `read_all_labels`.
    """
    handed_in = AssignmentRow.submitted_labels.is_not(None)
    with store.reading() as session:
        readings = session.scalars(select(AssignmentRow).where(handed_in)).all()
    frozen = {(row.study_id, row.series_id, row.reader) for row in readings}
    others = [
        one
        for one in read_all_labels(store)
        if (one.study_id, one.series_id, one.reader) not in frozen
    ]
    then = [
        ReaderLabel(
            study_id=row.study_id,
            series_id=row.series_id,
            slice_index=None if place == place_of(WHOLE) else int(place),
            reader=row.reader,
            label=label,
            created=row.submitted or row.created,
        )
        for row in readings
        for place, label in (row.submitted_labels or {}).items()
    ]
    whole = sorted(
        [*others, *then],
        key=lambda one: (
            one.study_id, one.series_id,
            WHOLE if one.slice_index is None else one.slice_index, one.reader,
        ),
    )  # fmt: skip
    return tuple(whole)


def object_id(row: ReaderLabelRow) -> str:
    """Name an answer as the audit trail does."""
    return f"{row.study_id}/{row.series_id}/{place_of(row.slice_index)}/{row.reader}"


def facts_of(row: ReaderLabelRow) -> dict[str, str | None]:
    """Say what the trail knows of an answer."""
    return {"study_id": row.study_id, "label": row.label}


def _require_image(
    session: Session, study_id: str, series_id: str, slice_index: int | None
) -> None:
    require_series(session, study_id, series_id, lock=True)
    if slice_index is None:
        return
    if session.get_one(SeriesRow, (study_id, series_id)).array is not None:
        raise BadInputError(
            f"The answer names picture {slice_index} of a volume.",
            fix="Leave `slice_index` out: a volume has one answer.",
        )
    if session.get(SliceRow, (study_id, series_id, slice_index)) is None:
        raise NotFoundError(
            f"The series has no picture {slice_index}.", fix="Look at `slices` of the series."
        )


def _handed_in(session: Session, row: ReaderLabelRow) -> dict[str, str] | None:
    """Return the answers of the reading as it was handed in; None if it was not."""
    reading = session.get(AssignmentRow, (row.study_id, row.series_id, row.reader))
    return None if reading is None else reading.submitted_labels


def _label_of(row: ReaderLabelRow, handed_in: dict[str, str] | None) -> ReaderLabel:
    return ReaderLabel(
        study_id=row.study_id,
        series_id=row.series_id,
        slice_index=None if row.slice_index == WHOLE else row.slice_index,
        reader=row.reader,
        label=row.label,
        created=row.created,
        after_hand_in=handed_in is not None
        and handed_in.get(place_of(row.slice_index)) != row.label,
    )
