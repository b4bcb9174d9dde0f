"""Segmentations that readers gave for their studies: tried by a job, then held by the study."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import update
from sqlalchemy.orm import Session

from neuroscope.records.volume import Volume
from neuroscope.store import audit
from neuroscope.store.blobs import ArrayBlob, read_array, sync_folder, write_array
from neuroscope.store.database import Store
from neuroscope.store.tables import JobRow, StudyRow


@dataclass(frozen=True, slots=True)
class GivenMask:
    """Labels of any scheme on a grid of their own.

    Attributes
    ----------
    array
        uint8 `(i, j, k)`, in the folder of the study.
    affine
        Rows of the 4x4 matrix to RAS+ millimeters of the study as it was imported.
    scheme
        Key of `preprocess.label_scheme.SCHEMES`; empty where it is to be found.
    cautions
        What its file left in doubt.
    """

    array: ArrayBlob
    affine: tuple[tuple[float, ...], ...]
    scheme: str = ""
    cautions: tuple[str, ...] = ()

    @property
    def author(self) -> str:
        """Name it in results, as the audit trail does: by the hash of its bytes."""
        return f"mask {self.array.sha256[:12]}"

    def to_json(self) -> dict[str, Any]:
        """Return what a JSON column holds."""
        rows = [list(row) for row in self.affine]
        cautions = list(self.cautions)
        array = self.array.to_json()
        return {"array": array, "affine": rows, "scheme": self.scheme, "cautions": cautions}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "GivenMask":
        """Read what a JSON column holds."""
        rows = tuple(tuple(row) for row in stored["affine"])
        array = ArrayBlob.from_json(stored["array"])
        return cls(array, rows, stored["scheme"], tuple(stored["cautions"]))


def save_mask(
    folder: Path, labels: Volume, *, scheme: str = "", cautions: tuple[str, ...] = ()
) -> GivenMask:
    """Store labels in the folder of their study; they go with it."""
    array = write_array(folder, np.asarray(labels.voxels, np.uint8), order="F")
    sync_folder(folder)
    rows = tuple(tuple(float(value) for value in row) for row in labels.affine)
    return GivenMask(array, rows, scheme, cautions)


def load_mask(folder: Path, mask: GivenMask) -> Volume:
    """Read labels, checked against their hash."""
    return Volume(read_array(folder, mask.array), np.array(mask.affine, np.float64))


def held_mask(store: Store, study_id: str) -> GivenMask | None:
    """Return the mask that holds for a study: it is measured until it is taken back."""
    with store.reading() as session:
        row = session.get(StudyRow, study_id)
        return GivenMask.from_json(row.mask) if row is not None and row.mask else None


def accept_mask(store: Store, job_id: str) -> None:
    """Let the mask that a job tried hold for its study, unless it was taken back meanwhile."""
    with store.transaction() as session:
        job = session.get_one(JobRow, job_id)
        study = session.get(StudyRow, job.study_id)
        if study is not None and job.mask is not None:
            study.mask, job.mask = job.mask, None


def refuse_mask(store: Store, job_id: str) -> None:
    """Let nobody try again a mask that did not fit; what held before still does."""
    with store.transaction() as session:
        job = session.get_one(JobRow, job_id)
        if job.mask is not None and job.study_id is not None:
            facts = {"mask": job.mask["array"]["sha256"]}
            job.mask = None
            session.flush()
            audit.append(
                session, "study.mask_refused", job.study_id, actor="neuroscope", facts=facts
            )


def take_back_mask(session: Session, study_id: str) -> None:
    """Let no mask hold for a study, nor be tried by its jobs."""
    session.execute(update(JobRow).where(JobRow.study_id == study_id).values(mask=None))
    session.execute(update(StudyRow).where(StudyRow.id == study_id).values(mask=None))
