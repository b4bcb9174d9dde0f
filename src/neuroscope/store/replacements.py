"""Slices with a part replaced by plausible tissue, kept beside the maps that explain them."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from neuroscope.errors import BadInputError
from neuroscope.records.replaced import REGIONS, OutlinedBy, Region, Replaced
from neuroscope.store.blobs import ArrayBlob
from neuroscope.store.database import Store
from neuroscope.store.explanation_tables import SliceExplanationRow
from neuroscope.store.explanations import REPLACED, Asked, answered, key_of


@dataclass(frozen=True, slots=True)
class StoredReplacement:
    """What followed from replacing a part of a slice, or that someone waits for it (`found` None).

    Attributes
    ----------
    pictures
        Float32 of shape `(3 or 4, size, size)`: the slice as the network sees it, the part (0 or
        1), the slice without it, and with a sham replaced, where one was free.
    """

    region: Region
    job_id: str
    seconds: float | None = None
    outlined_by: OutlinedBy | None = None
    found: Replaced | None = None
    pictures: ArrayBlob | None = None


def asked_to_replace(
    analysis_id: str, series_id: str, index: int, target: str, region: str
) -> Asked:
    """Name a part that shall be replaced as a map is named, so that a job can find it.

    Raises
    ------
    BadInputError
        For another region than `tumor` and `map`.
    """
    if region not in REGIONS:
        raise BadInputError(f"There is no region {region!r}.", fix=f"Use {' or '.join(REGIONS)}.")
    return Asked(analysis_id, series_id, index, target, REPLACED + region)


def region_of(asked: Asked) -> Region | None:
    """Say which part shall be replaced; None where a map is asked for."""
    return next((one for one in REGIONS if asked.method == REPLACED + one), None)


def find_replacement(session: Session, asked: Asked) -> StoredReplacement | None:
    """Return what was found or who waits for it; None if nobody asked."""
    row, region = session.get(SliceExplanationRow, key_of(asked)), region_of(asked)
    if row is None or region is None:
        return None
    content = row.content or {}
    scores = content.get("scores")
    return StoredReplacement(
        region=region,
        job_id=row.job_id,
        seconds=row.seconds,
        outlined_by=content.get("outlined_by"),
        found=scores and Replaced(scores["before"], scores["after"], tuple(scores["sham_drops"])),
        pictures=ArrayBlob.from_json(row.maps) if row.maps else None,
    )


def save_replacement(
    store: Store,
    asked: Asked,
    pictures: NDArray[np.float32],
    found: Replaced,
    *,
    outlined_by: OutlinedBy,
    seconds: float,
) -> None:
    """Keep what was found; what was found before is replaced by it.

    Parameters
    ----------
    pictures
        Shape `(3 or 4, size, size)`, see `StoredReplacement`.

    Raises
    ------
    BadInputError
        For another shape.
    NotFoundError
        If the analysis was deleted meanwhile.
    """
    if pictures.ndim != 3 or len(pictures) not in (3, 4):
        raise BadInputError(
            f"The pictures have shape {pictures.shape}.",
            fix="Give the slice, the part, the slice without it, and a sham if there is one.",
        )
    with answered(store, asked, pictures) as row:
        row.seconds = seconds
        row.content = {"scores": asdict(found), "outlined_by": outlined_by}
