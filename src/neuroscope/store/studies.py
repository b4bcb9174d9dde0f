"""Studies, their series and their pixels; and the worklist."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from neuroscope.errors import NotFoundError, StorageError
from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Affine, checked_affine
from neuroscope.records.imported import ImportedStudy, Unreadable
from neuroscope.records.study import Role, Series, Study
from neuroscope.records.volume import Plane, Slice, Volume
from neuroscope.store import audit
from neuroscope.store.blobs import ArrayBlob, delete_folder, read_array, sync_folder, write_array
from neuroscope.store.database import Store
from neuroscope.store.jobs import newest_jobs
from neuroscope.store.tables import JobRow, SeriesRow, SliceRow, StudyRow
from neuroscope.store.worklist import WorklistRow, worklist_row

Window = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class StoredSlice:
    """A plain picture, without its pixels."""

    index: int
    name: str
    array: ArrayBlob
    window: Window
    plane: Plane | None
    position_mm: float | None
    affine: Affine | None
    cautions: tuple[str, ...]
    file: str


@dataclass(frozen=True, slots=True, eq=False)
class StoredSeries:
    """A series, without its pixels: `array` and `affine` for a volume, else `slices`."""

    series: Series
    window: Window
    array: ArrayBlob | None
    affine: Affine | None
    slices: tuple[StoredSlice, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StoredStudy:
    """A study as the reading room needs it, without pixels."""

    row: WorklistRow
    unreadable: tuple[Unreadable, ...]
    series: tuple[StoredSeries, ...]
    has_mask: bool  # a segmentation that a reader gave holds for it

    def require_series(self, series_id: str) -> StoredSeries:
        """Return one series.

        Raises
        ------
        NotFoundError
            If the study has none under this id.
        """
        for stored in self.series:
            if stored.series.id == series_id:
                return stored
        raise NotFoundError("The study has no such series.", fix="Choose one of its series.")


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a study was stored; `duplicate` if the same images were here before."""

    study_id: str
    duplicate: bool


def study_folder(store: Store, study_id: str) -> Path:
    """Name the folder of the blobs of a study."""
    return store.blobs / study_id


def save_study(store: Store, imported: ImportedStudy, *, job_id: str | None = None) -> Saved:
    """Store a study; the same images are stored once, whatever their files were called.

    Safe to repeat after a crash: the arrays are named by their content, and the rows appear
    together or not at all.

    Parameters
    ----------
    job_id
        The job that brings it; a study that the same job brought before is no duplicate.

    Raises
    ------
    StorageError
        If the disk is full or the database refuses; then nothing of the study is visible.
    """
    known = find_by_content(store, imported.content_hash)
    if known is not None:
        return Saved(known, duplicate=not is_brought_by(store, known, job_id))
    study = _with_free_id(store, imported)
    folder = study_folder(store, study.id)
    try:
        rows = _series_rows(folder, study, imported)
        sync_folder(folder)
        with store.transaction() as session:
            session.add(_study_row(study, imported, job_id))
            session.flush()
            session.add_all(row for row in rows if isinstance(row, SeriesRow))
            session.flush()
            session.add_all(row for row in rows if isinstance(row, SliceRow))
    except IntegrityError as error:
        known = find_by_content(store, imported.content_hash)  # another process was faster
        if known is None:
            raise StorageError(
                "The database refused the study.", fix="Try again; if it happens again, report it."
            ) from error
        return Saved(known, duplicate=True)
    except StorageError:
        if find_by_content(store, imported.content_hash) is None:
            delete_folder(folder)
        raise
    return Saved(study.id, duplicate=False)


def find_by_content(store: Store, content_hash: str) -> str | None:
    """Return the id of the study that holds exactly these images, if any."""
    with store.reading() as session:
        return session.scalar(select(StudyRow.id).where(StudyRow.content_hash == content_hash))


def is_brought_by(store: Store, study_id: str, job_id: str | None) -> bool:
    """Tell whether a job imported this study (and did not merely meet it)."""
    with store.reading() as session:
        brought_by = session.scalar(select(StudyRow.brought_by).where(StudyRow.id == study_id))
        return job_id is not None and brought_by == job_id


def read_study(store: Store, study_id: str) -> StoredStudy:
    """Return a study with its series, without pixels.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    """
    with store.reading() as session:
        row = _require(session, study_id)
        series = session.scalars(
            select(SeriesRow).where(SeriesRow.study_id == study_id).order_by(SeriesRow.position)
        )
        slices: dict[str, list[StoredSlice]] = {}
        for cut in session.scalars(
            select(SliceRow).where(SliceRow.study_id == study_id).order_by(SliceRow.index)
        ):
            slices.setdefault(cut.series_id, []).append(_stored_slice(cut))
        return StoredStudy(
            row=worklist_row(row, newest_jobs(session, [study_id]).get(study_id)),
            unreadable=tuple(Unreadable(**u) for u in row.unreadable),
            series=tuple(_stored_series(s, tuple(slices.get(s.id, ()))) for s in series),
            has_mask=row.mask is not None,
        )


def pseudonyms(store: Store, study_ids: Sequence[str]) -> dict[str, str]:
    """Return the pseudonyms of those studies that are in the store, by their ids."""
    query = select(StudyRow.id, StudyRow.pseudonym).where(StudyRow.id.in_(list(study_ids)))
    with store.reading() as session:
        return {row.id: row.pseudonym for row in session.execute(query)}


def require_study(session: Session, study_id: str) -> None:
    """Refuse to go on without the study.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    """
    _require(session, study_id)


def read_slice(store: Store, study_id: str, series_id: str, index: int) -> StoredSlice:
    """Return one plain picture of a series, without its pixels.

    Raises
    ------
    NotFoundError
        If there is none there.
    """
    with store.reading() as session:
        row = session.get(SliceRow, (study_id, series_id, index))
        if row is None:
            raise NotFoundError(
                "There is no plain slice here.",
                fix="Look at `slices` of the series; a volume is fetched as a whole.",
            )
        return _stored_slice(row)


def load_study(store: Store, study_id: str) -> ImportedStudy:
    """Return a study with all its pixels, as the reader made it."""
    stored = read_study(store, study_id)
    folder = study_folder(store, study_id)
    with store.reading() as session:
        row = _require(session, study_id)
    return ImportedStudy(
        study=Study(
            id=row.id,
            pseudonym=row.pseudonym,
            series=tuple(s.series for s in stored.series),
            date_offset_days=row.date_offset_days,
            cautions=tuple(row.cautions),
        ),
        volumes={
            s.series.id: Volume(read_array(folder, s.array), s.affine)
            for s in stored.series
            if s.array is not None and s.affine is not None
        },
        slices={
            s.series.id: tuple(_load_slice(folder, cut) for cut in s.slices)
            for s in stored.series
            if s.array is None
        },
        content_hash=row.content_hash,
        unreadable=stored.unreadable,
    )


def load_series(store: Store, study_id: str, series_id: str) -> Volume | tuple[Slice, ...]:
    """Return the pixels of one series: a volume, or plain pictures.

    Raises
    ------
    NotFoundError
        If there is no such study or series.
    """
    stored = read_study(store, study_id).require_series(series_id)
    folder = study_folder(store, study_id)
    if stored.array is not None and stored.affine is not None:
        return Volume(read_array(folder, stored.array), stored.affine)
    return tuple(_load_slice(folder, cut) for cut in stored.slices)


def _load_slice(folder: Path, stored: StoredSlice) -> Slice:
    return Slice(
        pixels=read_array(folder, stored.array),
        name=stored.name,
        plane=stored.plane,
        position_mm=stored.position_mm,
        affine=stored.affine,
        cautions=stored.cautions,
        file=stored.file,
    )


def delete_study(store: Store, study_id: str, *, actor: str = "neuroscope") -> None:
    """Delete a study with its images, results and annotations; the trail keeps that it was there.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    """
    with store.transaction() as session:
        _require(session, study_id)
        session.execute(delete(StudyRow).where(StudyRow.id == study_id))
        audit.append(session, "study.delete", study_id, actor=actor, facts={})
    delete_folder(study_folder(store, study_id))


def forget_orphans(store: Store) -> int:
    """Delete images whose study is gone (deleted while the worker wrote); count the folders.

    Only the worker may call this, between jobs: it is the one that writes images. Folders that no
    job of this database named are left alone: another database may own them.
    """
    with store.reading() as session:
        kept = set(session.scalars(select(StudyRow.id)))
        named = set(session.scalars(select(JobRow.study_id)))
    orphans = [folder for folder in store.blobs.iterdir() if folder.name in named - kept]
    for folder in orphans:
        delete_folder(folder)
    return len(orphans)


def window_of(pixels: Array) -> Window:
    """Choose the gray values to show as black and white: the 0.5 and 99.5 % marks above zero.

    Examples
    --------
    >>> window_of(np.zeros((4, 4)))
    (0.0, 1.0)
    """
    sample = np.asarray(pixels).reshape(-1)
    sample = sample[:: max(1, sample.size // 500_000)]
    sample = sample[np.isfinite(sample)]
    above = sample[sample > 0]
    if not above.size:
        return (0.0, 1.0)
    low, high = (float(v) for v in np.percentile(above, [0.5, 99.5]))
    low = min(low, float(sample.min())) if sample.min() < 0 else 0.0
    return (low, high) if high > low else (low, low + 1.0)


def _with_free_id(store: Store, imported: ImportedStudy) -> Study:
    """Return the study under an id that no other images have (a later scan may share its id)."""
    with store.reading() as session:
        taken = session.get(StudyRow, imported.study.id) is not None
    if not taken:
        return imported.study
    return replace(imported.study, id=f"{imported.study.id[:40]}-{imported.content_hash[:12]}")


def _study_row(study: Study, imported: ImportedStudy, job_id: str | None) -> StudyRow:
    slices = sum(len(stack) for stack in imported.slices.values())
    voxels = sum(min(volume.shape) for volume in imported.volumes.values())
    return StudyRow(
        id=study.id,
        pseudonym=study.pseudonym,
        content_hash=imported.content_hash,
        date_offset_days=study.date_offset_days,
        cautions=list(study.cautions),
        unreadable=[asdict(u) for u in imported.unreadable],
        series_count=len(study.series),
        slice_count=slices + voxels,
        headline=None,
        headline_label=None,
        brought_by=job_id,
    )


def _series_rows(folder: Path, study: Study, imported: ImportedStudy) -> list[SeriesRow | SliceRow]:
    rows: list[SeriesRow | SliceRow] = []
    for position, series in enumerate(study.series):
        volume = imported.volumes.get(series.id)
        stack = imported.slices.get(series.id, ())
        array = write_array(folder, volume.voxels, order="F") if volume else None
        window = window_of(volume.voxels) if volume else window_of(stack[0].pixels)
        rows.append(
            SeriesRow(
                study_id=study.id,
                id=series.id,
                position=position,
                role=series.role,
                description=series.description,
                acquisition=dict(series.acquisition),
                cautions=list(series.cautions),
                array=array.to_json() if array else None,
                affine=volume.affine.tolist() if volume else None,
                window=list(window),
            )
        )
        rows.extend(
            _slice_row(folder, study.id, series.id, index, cut) for index, cut in enumerate(stack)
        )
    return rows


def _slice_row(folder: Path, study_id: str, series_id: str, index: int, cut: Slice) -> SliceRow:
    return SliceRow(
        study_id=study_id,
        series_id=series_id,
        index=index,
        name=cut.name,
        array=write_array(folder, cut.pixels).to_json(),
        window=list(window_of(cut.pixels)),
        plane=cut.plane,
        position_mm=cut.position_mm,
        affine=None if cut.affine is None else cut.affine.tolist(),
        cautions=list(cut.cautions),
        file=cut.file,
    )


def _stored_slice(row: SliceRow) -> StoredSlice:
    return StoredSlice(
        index=row.index,
        name=row.name,
        array=ArrayBlob.from_json(row.array),
        window=(row.window[0], row.window[1]),
        plane=cast("Plane | None", row.plane),
        position_mm=row.position_mm,
        affine=checked_affine(row.affine) if row.affine else None,
        cautions=tuple(row.cautions),
        file=row.file,
    )


def _stored_series(row: SeriesRow, slices: tuple[StoredSlice, ...]) -> StoredSeries:
    return StoredSeries(
        series=Series(
            id=row.id,
            role=cast("Role", row.role),
            description=row.description,
            acquisition=row.acquisition,
            cautions=tuple(row.cautions),
        ),
        window=(row.window[0], row.window[1]),
        array=ArrayBlob.from_json(row.array) if row.array else None,
        affine=checked_affine(row.affine) if row.affine else None,
        slices=slices,
    )


def _require(session: Session, study_id: str) -> StudyRow:
    row = session.get(StudyRow, study_id)
    if row is None:
        raise NotFoundError(
            "There is no such study.", fix="Open the worklist; it may have been deleted."
        )
    return row
