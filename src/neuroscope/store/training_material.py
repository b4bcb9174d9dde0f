"""All that the store has to learn from, read at once: what was drawn, and what readers say."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from neuroscope.records.geometry import checked_affine
from neuroscope.records.volume import Volume
from neuroscope.store.annotation_reads import read_all
from neuroscope.store.database import Store
from neuroscope.store.labeled_slices import LabeledSlice, Place, labeled_slices
from neuroscope.store.marked_slices import MarkedSlice, marked_slices
from neuroscope.store.models import active_sha256
from neuroscope.store.reader_labels import read_all_labels
from neuroscope.store.tables import SeriesRow, SliceRow, StudyRow


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What a training may learn from.

    Attributes
    ----------
    marked
        Slices that somebody drew on, those that cannot be used among them.
    labeled
        Slices whose readers said what they show, marked ones of volumes among them.
    head
        Of the audit trail when the annotations were read.
    """

    marked: tuple[MarkedSlice, ...]
    labeled: tuple[LabeledSlice, ...]
    head: str


def read_material(store: Store, only: Collection[str] | None = None) -> Material:
    """Gather what may be learned from; of annotations only those named, if any are."""
    versions, head = read_all(store)
    drawn = [
        version
        for version in versions
        if version.annotation.kind != "note" and (only is None or version.annotation.id in only)
    ]
    labels = read_all_labels(store)
    with store.reading() as session:
        patients = {row.id: row.pseudonym for row in session.scalars(select(StudyRow))}
        volumes = _volumes(session.scalars(select(SeriesRow).where(SeriesRow.array.is_not(None))))
        names = {
            (study_id, series_id, index): name
            for study_id, series_id, index, name in session.execute(
                select(SliceRow.study_id, SliceRow.series_id, SliceRow.index, SliceRow.name)
            )
        }
        models = {v.annotation.model.name for v in drawn if v.annotation.model is not None}
        active: Mapping[str, str | None] = {name: active_sha256(session, name) for name in models}
    # A study may have been deleted between the two readings.
    drawn = [version for version in drawn if version.study_id in patients]
    labels = tuple(label for label in labels if label.study_id in patients)
    marked = marked_slices(
        drawn, labels, patients=patients, names=names, volumes=volumes, active=active
    )
    pictures: dict[Place, list[int]] = {}
    for study_id, series_id, index in names:
        pictures.setdefault((study_id, series_id), []).append(index)
    labeled = labeled_slices(labels, patients=patients, pictures=pictures, volumes=volumes)
    return Material(marked, _with_marked(labeled, marked), head)


def _with_marked(
    labeled: tuple[LabeledSlice, ...], marked: tuple[MarkedSlice, ...]
) -> tuple[LabeledSlice, ...]:
    """Add the marked slices of volumes: that a tumor is on them, its marks say."""
    of_volumes = [
        LabeledSlice(one.study_id, one.patient, one.series_id, one.axis, one.index, one.label)
        for one in marked
        if one.axis is not None and one.label is not None
    ]
    return tuple(dict.fromkeys([*labeled, *of_volumes]))


def _volumes(rows: Iterable[SeriesRow]) -> dict[Place, Volume]:
    """Give the grids of volumes; their voxels are not read."""
    grids = {}
    for row in rows:
        assert row.array is not None  # noqa: S101 - only volumes were asked for
        assert row.affine is not None  # noqa: S101 - a volume has one
        shape = tuple(int(n) for n in row.array["shape"])
        empty = np.broadcast_to(np.uint8(0), shape)
        grids[row.study_id, row.id] = Volume(empty, checked_affine(row.affine))
    return grids
