"""The store as a set of pictures, to be audited like any other set."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from neuroscope.errors import BadInputError, NeuroscopeError
from neuroscope.preprocess.orient import SliceSource, slices_of, usable_indices
from neuroscope.records.arrays import Array
from neuroscope.records.dataaudit import Picture
from neuroscope.store.database import Store
from neuroscope.store.labeled_slices import agreed_label, is_locked
from neuroscope.store.reader_labels import read_all_labels
from neuroscope.store.studies import load_series, read_study
from neuroscope.store.worklist import worklist
from neuroscope.workflow.data_audit import Listed

OF_A_VOLUME = 8  # slices of a volume that are audited, spread over the head
LOCKED, TRAINABLE = "locked", "train"
PAGE = 200
NAME = "store"
SPLIT_OF_STORE = (
    "The split is that of this store's own trainings: locked patients are in none of them."
)


def list_stored(store: Store) -> Listed:
    """List the plain pictures of the store and some slices of its volumes.

    The label is what the readers agree on, the group the pseudonym of the patient.
    """
    labels = read_all_labels(store)
    pictures: list[Picture] = []
    places: list[tuple[str, str, int]] = []
    for study_id, patient in _studies(store):
        study = read_study(store, study_id)
        split = LOCKED if is_locked(patient) else TRAINABLE
        for stored in study.series:
            place = (study_id, stored.series.id)
            is_volume = stored.array is not None
            for index in _of_volume(store, *place) if is_volume else range(len(stored.slices)):
                label, _ = agreed_label(labels, place, None if is_volume else index)
                name = f"{study_id}/{stored.series.id}/{index}"
                plane = None if is_volume else stored.slices[index].plane
                pictures.append(Picture(name, label, split, patient, plane))
                places.append((*place, index))

    @lru_cache(maxsize=2)
    def source(study_id: str, series_id: str) -> SliceSource:
        return slices_of(load_series(store, study_id, series_id))

    def read(number: int) -> Array:
        study_id, series_id, index = places[number]
        try:
            return np.asarray(source(study_id, series_id).get(index))
        except BadInputError:
            raise
        except NeuroscopeError as error:
            raise BadInputError(error.problem, fix=error.fix) from error

    return Listed(NAME, tuple(pictures), read, cautions=(SPLIT_OF_STORE,))


def _studies(store: Store) -> Iterator[tuple[str, str]]:
    after = None
    while True:
        rows, _ = worklist(store, after=after, limit=PAGE)
        yield from ((row.id, row.pseudonym) for row in rows)
        if len(rows) < PAGE:
            return
        after = (rows[-1].created, rows[-1].id)


def _of_volume(store: Store, study_id: str, series_id: str) -> list[int]:
    usable = usable_indices(slices_of(load_series(store, study_id, series_id)))
    if not usable:
        return []
    spread = np.linspace(0, len(usable) - 1, min(OF_A_VOLUME, len(usable)))
    return sorted({usable[round(float(at))] for at in spread})
