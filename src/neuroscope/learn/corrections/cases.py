"""Studies whose segmentation a reader edited, on the grid that the segmenter sees."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.learn.segmentation_cases import StoredCase, encoded
from neuroscope.models.segmenter_input import sampled, segmenter_input
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.volume import Volume

LABELS = (0, 1, 2, 3)  # of BraTS 2023: background, necrotic, edema, enhancing
LOCKED = 1 / 3  # of the patients: never trained on, kept to prove what was learned
HELD_OUT = 0.2  # of the other patients: they choose among the weights met on the way
FEWEST_TO_HOLD_OUT = 3  # patients; fewer are all trained on
EDITED = "edited"


@dataclass(frozen=True, slots=True, eq=False)
class EditedCase:
    """One study with the mask that a reader made of it."""

    unit: str  # the patient, by pseudonym
    case: StoredCase


def edited_case(
    volumes: Mapping[str, Volume], brain: Volume, edited: Segmentation, *, unit: str
) -> EditedCase:
    """Lay a study and its edited mask on the segmenter's grid.

    Parameters
    ----------
    volumes
        Registered sequences by role; any grids.
    brain
        Brain mask: above 0.5 is brain.
    edited
        BraTS 2023 labels in the same space, on any grid; a voxel of the 2 mm grid gets the label
        that covers most of it.

    Raises
    ------
    BadInputError
        If the mask has a label that the segmenter does not know, or there is nothing to segment.
    """
    labels = np.asarray(edited.labels)
    unknown = sorted(set(np.unique(labels).tolist()) - set(LABELS))
    if unknown:
        raise BadInputError(
            f"The mask has the label {unknown[0]}, which the segmenter does not know.",
            fix="Use 1 necrotic, 2 edema, 3 enhancing (BraTS 2023); leave cavities out.",
        )
    given = segmenter_input(volumes, brain)
    shares = [
        sampled(
            Volume((labels == label).astype(np.float32), edited.affine),
            (given.channels.shape[1], given.channels.shape[2], given.channels.shape[3]),
            given.affine,
            outside=float(label == 0),
        )
        for label in LABELS
    ]
    on_grid = np.argmax(shares, axis=0).astype(np.uint8)
    return EditedCase(unit, StoredCase(EDITED, encoded(given.channels), on_grid))


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Edited studies by what they are for; no patient is in two of them."""

    fit: tuple[EditedCase, ...]
    judge: tuple[EditedCase, ...]
    locked: tuple[EditedCase, ...]


def parted(edited: Sequence[EditedCase]) -> Parts:
    """Lock a third of the patients, and hold out a fifth of the others.

    Whether a patient is locked depends on the name alone, so that nobody who was trained on is
    ever asked for proof later.
    """
    lots = {one.unit: _lot(one.unit) for one in edited}
    free = sorted((unit for unit, lot in lots.items() if lot >= LOCKED), key=lambda u: lots[u])
    aside = max(1, round(HELD_OUT * len(free))) if len(free) >= FEWEST_TO_HOLD_OUT else 0
    judged = set(free[:aside])
    return Parts(
        tuple(one for one in edited if lots[one.unit] >= LOCKED and one.unit not in judged),
        tuple(one for one in edited if one.unit in judged),
        tuple(one for one in edited if lots[one.unit] < LOCKED),
    )


def manifest_sha256(
    edited: Sequence[EditedCase], replay: Sequence[StoredCase], settings: str
) -> str:
    """Hash what decides a run: studies, masks and settings."""
    digest = hashlib.sha256(settings.encode())
    for name, case in [*((one.unit, one.case) for one in edited), *(("", one) for one in replay)]:
        digest.update(f"{name} {case.kind} {case.labels.shape}".encode())
        digest.update(_bytes_of(case.images))
        digest.update(_bytes_of(case.labels))
    return digest.hexdigest()


def _bytes_of(values: NDArray[np.uint8]) -> bytes:
    return np.ascontiguousarray(values).tobytes()


def _lot(unit: str) -> float:
    return int(hashlib.sha256(f"locked {unit}".encode()).hexdigest()[:12], 16) / 16**12
