"""Files of a training beside the database: its state, and the maps a page shows meanwhile."""

import zipfile
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import NotFoundError
from neuroscope.store.blobs import as_storage_error
from neuroscope.store.database import Store

PREVIEWS_NAME = "previews.npz"
LATER = {"places", "tests_before", "tests_now"}  # columns that older files do not have
CASES_NAME = "cases.npz"
SHARED_NAME = "shared"


@dataclass(frozen=True, slots=True, eq=False)
class Previews:
    """Maps of the first annotated slices, before a training and now; row n of each is slice n.

    Attributes
    ----------
    step
        After which `now` was computed.
    names, labels
        Shape `(n,)`, texts.
    pictures
        The slices as the network sees them, uint8 `(n, size, size)`.
    before, now
        Signed evidence for the label, logit per cell, float32 `(n, cells, cells)`.
    evidence, not_evidence
        Cells marked "look here" and "ignore this", uint8 `(n, cells, cells)`, 255 is all of a cell.
    places
        Study and series of each slice, `study/series`; shape `(n,)`, texts, empty where unknown.
    tests_before, tests_now
        Passports of the maps as JSON; shape `(n,)`, texts, empty where a map was not tested.
    """

    step: int
    names: NDArray[Any]
    labels: NDArray[Any]
    pictures: NDArray[np.uint8]
    before: NDArray[np.float32]
    now: NDArray[np.float32]
    evidence: NDArray[np.uint8]
    not_evidence: NDArray[np.uint8]
    places: NDArray[Any]
    tests_before: NDArray[Any]
    tests_now: NDArray[Any]

    def select(self, rows: NDArray[np.int64]) -> "Previews":
        """Keep some slices."""
        columns = {
            field.name: getattr(self, field.name)[rows]
            for field in fields(self)
            if field.name != "step"
        }
        return replace(self, **columns)


def run_folder(store: Store, run_id: str) -> Path:
    """Name the folder of a training."""
    return store.home / "training" / run_id


def shared_folder(store: Store) -> Path:
    """Name the folder of what trainings share, such as synthetic slices."""
    return store.home / "training" / SHARED_NAME


def has_previews(store: Store, run_id: str) -> bool:
    """Tell whether maps can be shown."""
    return (run_folder(store, run_id) / PREVIEWS_NAME).is_file()


def write_previews(store: Store, run_id: str, previews: Previews) -> None:
    """Write the maps, all at once.

    Raises
    ------
    StorageError
        If the disk refuses; the maps of before stay.
    """
    folder = run_folder(store, run_id)
    fresh = folder / f"new-{PREVIEWS_NAME}"
    with as_storage_error("The maps of the training could not be written."):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        columns = {field.name: getattr(previews, field.name) for field in fields(Previews)}
        np.savez(fresh, allow_pickle=False, **columns)
        fresh.replace(folder / PREVIEWS_NAME)


def read_previews(store: Store, run_id: str) -> Previews:
    """Read the maps of a training.

    Raises
    ------
    NotFoundError
        If there are none (yet).
    """
    path = run_folder(store, run_id) / PREVIEWS_NAME
    try:
        with path.open("rb") as file, np.load(file) as stored:
            if not {field.name for field in fields(Previews)} - LATER <= set(stored.files):
                raise ValueError
            columns = {name: stored[name] for name in stored.files}
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise NotFoundError(
            "There are no maps of this training yet.", fix="They come within seconds of its start."
        ) from error
    unknown = dict.fromkeys(LATER, np.full(len(columns["names"]), ""))
    return Previews(**{**unknown, **columns, "step": int(columns["step"])})
