"""Slices whose readers said what they show: what a training replays, and is tested on."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from neuroscope.preprocess.orient import best_cut
from neuroscope.records.volume import Volume
from neuroscope.store.reader_labels import ReaderLabel

LOCKED_SHARE = 1 / 3  # of patients: kept from every training, for the certificate
OF_A_VOLUME = 8  # slices of a volume without tumor: neighbors resemble each other
CENTRAL = (0.25, 0.75)  # the part of a volume they are taken from
NO_ANSWER = "Nobody said what it shows."
READERS_DIFFER = "The readers say different things of it."

Place = tuple[str, str]  # study and series


@dataclass(frozen=True, slots=True)
class LabeledSlice:
    """A slice that shows what its readers say.

    Attributes
    ----------
    axis
        Voxel axis normal to the slice of a volume; None for a plain picture.
    """

    study_id: str
    patient: str
    series_id: str
    axis: int | None
    index: int
    label: str

    @property
    def is_locked(self) -> bool:
        """Its patient is in no training."""
        return is_locked(self.patient)


def is_locked(patient: str) -> bool:
    """Tell whether a patient is kept from every training: it depends on the pseudonym alone.

    Examples
    --------
    >>> [is_locked(name) for name in ("NS-D", "NS-E", "NS-F")]
    [False, False, True]
    """
    lot = hashlib.sha256(f"locked {patient}".encode()).hexdigest()[:12]
    return int(lot, 16) / 16**12 < LOCKED_SHARE


def agreed_label(
    labels: Iterable[ReaderLabel], place: Place, picture: int | None
) -> tuple[str | None, str | None]:
    """Say what readers say of a picture, else of its series: the label, or why there is none."""
    here = [one for one in labels if (one.study_id, one.series_id) == place]
    own = {one.label for one in here if one.slice_index is not None and one.slice_index == picture}
    said = own or {one.label for one in here if one.slice_index is None}
    if not said:
        return None, NO_ANSWER
    return (said.pop(), None) if len(said) == 1 else (None, READERS_DIFFER)


def labeled_slices(
    labels: Iterable[ReaderLabel],
    *,
    patients: Mapping[str, str],
    pictures: Mapping[Place, Iterable[int]],
    volumes: Mapping[Place, Volume],
) -> tuple[LabeledSlice, ...]:
    """List the pictures with an answer, and some slices of volumes whose answer is "no tumor".

    On which slices of a volume a tumor is, its answer does not say: those that were marked do
    (`marked_slices.py`).
    """
    labels = tuple(labels)
    found = []
    for place in sorted({(one.study_id, one.series_id) for one in labels}):
        study_id, series_id = place
        for index in sorted(pictures.get(place, ())):
            label, _ = agreed_label(labels, place, index)
            if label is not None:
                found.append(
                    LabeledSlice(study_id, patients[study_id], series_id, None, index, label)
                )
        label, _ = agreed_label(labels, place, None)
        if place in volumes and label == "notumor":
            axis = best_cut(volumes[place]).axis
            found += [
                LabeledSlice(study_id, patients[study_id], series_id, axis, index, label)
                for index in _central(volumes[place].shape[axis])
            ]
    return tuple(found)


def _central(number: int) -> list[int]:
    low, high = (share * (number - 1) for share in CENTRAL)
    return sorted({round(float(at)) for at in np.linspace(low, high, OF_A_VOLUME)})
