"""Delete a study, and the pictures of it that trainings and certificates kept."""

import logging
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from neuroscope.errors import ConflictError, NotFoundError
from neuroscope.hashing import file_sha256
from neuroscope.io.certificate import FLIPS_NAME, PDF_NAME, read_flip_pictures, write_flip_pictures
from neuroscope.store import audit, jobs, training
from neuroscope.store.blobs import as_storage_error, sync_folder
from neuroscope.store.database import Store
from neuroscope.store.models import RegisteredModel, list_models, require_row
from neuroscope.store.studies import delete_study, read_study
from neuroscope.store.training_files import (
    CASES_NAME,
    PREVIEWS_NAME,
    read_previews,
    run_folder,
    write_previews,
)

log = logging.getLogger(__name__)
LOST = "A study that it learned from was deleted: its slices are gone, and it cannot go on."


def forget_study(store: Store, study_id: str, *, actor: str) -> None:
    """Delete a study with its images, results and annotations, and every picture kept elsewhere.

    Maps of trainings lose the slices of the study. The slices that a training keeps to go on with
    are deleted as a whole if the patient is among them; such a training is stopped. Versions of
    models lose the pictures of answers of this patient, and the certificate as PDF that shows
    them; what the trail says of their files is changed with them.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    StorageError
        If the disk refuses; asked again, the rest is deleted.
    """
    patient = read_study(store, study_id).row.pseudonym
    for run_id in list(_run_ids(store)):
        _forget_cases(store, run_id, patient, actor=actor)
        _forget_previews(store, run_id, study_id, patient)
    for model in list_models(store):
        if FLIPS_NAME in model.files:
            _forget_flips(store, model, patient, actor=actor)
    delete_study(store, study_id, actor=actor)


def _run_ids(store: Store) -> Iterator[str]:
    """Name the folders of trainings, those shared by a trade-off among them."""
    home = run_folder(store, "x").parent
    if home.is_dir():
        yield from sorted(path.name for path in home.iterdir() if path.is_dir())


def _forget_cases(store: Store, run_id: str, patient: str, *, actor: str) -> None:
    path = run_folder(store, run_id) / CASES_NAME
    if not path.is_file():
        return
    patients = _patients(path)
    if patients is not None and patient not in patients:
        return
    for run in training.list_runs(store):
        if run_id in (run.id, run.group_id) and run.outcome is None:
            _stop(store, run, actor=actor)
            _delete_all_but_previews(run_folder(store, run.id))
    _delete_all_but_previews(path.parent)


def _stop(store: Store, run: training.TrainingRun, *, actor: str) -> None:
    training.add_caution(store, run.id, LOST)
    try:
        jobs.cancel_job(store, run.id)
    except ConflictError:  # it was stopped, or failed, before
        return
    training.note_stop(store, run.id, actor=actor)


def _delete_all_but_previews(folder: Path) -> None:
    with as_storage_error("The slices of a training could not be deleted."):
        for path in folder.glob("*"):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != PREVIEWS_NAME:
                path.unlink()


def _patients(path: Path) -> set[str] | None:
    """Read who is among kept slices; None if the file is damaged."""
    try:
        with np.load(path) as kept:
            names = [name for name in kept.files if name.endswith("/units")]
            return {str(unit) for name in names for unit in kept[name]}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile):
        log.warning("the kept slices of a training are damaged and are deleted")
        return None


def _forget_previews(store: Store, run_id: str, study_id: str, patient: str) -> None:
    try:
        found = read_previews(store, run_id)
    except NotFoundError:
        (run_folder(store, run_id) / PREVIEWS_NAME).unlink(missing_ok=True)  # a damaged one
        return
    is_of_it = [
        str(place).startswith(f"{study_id}/")
        or (not place and str(name).startswith(f"{patient}, "))
        for place, name in zip(found.places, found.names, strict=True)
    ]
    if all(is_of_it):
        (run_folder(store, run_id) / PREVIEWS_NAME).unlink()
    elif any(is_of_it):
        write_previews(store, run_id, found.select(np.flatnonzero(~np.array(is_of_it))))


def _forget_flips(store: Store, model: RegisteredModel, patient: str, *, actor: str) -> None:
    folder = store.models / model.id
    pictures = read_flip_pictures(folder)
    kept = [picture for picture in pictures if picture.flip.unit != patient]
    if len(kept) == len(pictures):
        return
    with as_storage_error("The pictures of a certificate could not be deleted."):
        write_flip_pictures(kept, folder)
        (folder / PDF_NAME).unlink(missing_ok=True)
        sync_folder(folder)
    files = {name: sha for name, sha in model.files.items() if name not in (FLIPS_NAME, PDF_NAME)}
    if kept:
        files[FLIPS_NAME] = file_sha256(folder / FLIPS_NAME)
    with store.transaction() as session:
        require_row(session, model.id, lock=True).files = files
        session.flush()
        audit.append(session, "model.redact", model.id, actor=actor, facts={"files": files})
