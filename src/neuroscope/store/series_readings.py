"""What counts of each reader of a series: what was handed in, or drawn without being asked to."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from neuroscope.records.annotation import Annotation
from neuroscope.store.annotation_reads import read_submitted
from neuroscope.store.annotation_rows import stored_version, versions_of
from neuroscope.store.assignments import reads_blind, require_series
from neuroscope.store.database import Store
from neuroscope.store.reading_tables import AnnotationRow, AssignmentRow
from neuroscope.store.studies import study_folder

# Of each reader: the name, whether the reading was handed in, and the versions that count.
Versions = tuple[tuple[str, bool, tuple[tuple[str, int], ...]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class SeriesReadings:
    """What counts of each reader of a series.

    Attributes
    ----------
    readers
        Annotations by reader; none of a reader who looked and found nothing.
    handed_in
        Those whose reading was assigned and handed in.
    waiting
        How many readings were assigned and are not handed in; what is drawn in them is left out.
    is_hidden
        Whether the one who asks reads the series blind and has not handed in.
    """

    readers: Mapping[str, tuple[Annotation, ...]]
    handed_in: frozenset[str]
    waiting: int
    is_hidden: bool


def read_series_readings(
    store: Store, study_id: str, series_id: str, *, reader: str | None
) -> SeriesReadings:
    """Return what counts of each reader of a series, by name.

    Parameters
    ----------
    reader
        Who asks; None if it is not to be shown to anybody.

    Raises
    ------
    NotFoundError
        If the study has no such series.
    """
    submitted = read_submitted(store, study_id, series_id)
    folder = study_folder(store, study_id)
    unasked: dict[str, list[Annotation]] = {}
    with store.reading() as session:
        require_series(session, study_id, series_id)
        asked = set(
            session.scalars(
                select(AssignmentRow.reader).where(
                    AssignmentRow.study_id == study_id, AssignmentRow.series_id == series_id
                )
            )
        )
        rows = session.scalars(
            select(AnnotationRow)
            .where(AnnotationRow.study_id == study_id, AnnotationRow.series_id == series_id)
            .order_by(AnnotationRow.id)
        )
        for row in rows.all():
            if row.owner not in asked:
                head = versions_of(session, row.id)[row.head - 1]
                drawn = stored_version(folder, row, head).annotation
                if not drawn.deleted:
                    unasked.setdefault(row.owner, []).append(drawn)
        is_hidden = reader is not None and reads_blind(session, study_id, series_id, reader)
    counting = {**submitted, **{name: tuple(drawn) for name, drawn in unasked.items()}}
    return SeriesReadings(
        readers={name: counting[name] for name in sorted(counting)},
        handed_in=frozenset(submitted),
        waiting=len(asked - set(submitted)),
        is_hidden=is_hidden,
    )


def versions_of_readings(found: SeriesReadings) -> Versions:
    """Name the versions that count, by reader: the same names, the same readings."""
    return tuple(
        (reader, reader in found.handed_in, tuple((one.id, one.version) for one in drawn))
        for reader, drawn in found.readers.items()
    )


def list_read_series(store: Store) -> tuple[tuple[str, str], ...]:
    """List the series, as study and series, on which anybody drew or handed in a reading."""
    drawn = select(AnnotationRow.study_id, AnnotationRow.series_id)
    read = select(AssignmentRow.study_id, AssignmentRow.series_id).where(
        AssignmentRow.submitted.is_not(None)
    )
    with store.reading() as session:
        found = session.execute(drawn.union(read)).all()
    return tuple(sorted((study_id, series_id) for study_id, series_id in found))
