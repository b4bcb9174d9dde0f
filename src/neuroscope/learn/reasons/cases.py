"""What a retraining reads: annotated slices, and slices replayed so that nothing is forgotten."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.learn.reasons.cells import CellMasks
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import EvidenceNetwork


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Prepared slices with their classes; row n of every array is slice n."""

    images: NDArray[np.uint8]  # (n, size, size), 255 is gray value 1
    labels: NDArray[np.int64]  # (n,), index into CLASS_NAMES
    units: NDArray[Any]  # (n,), patient, or what stands for one

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, rows: NDArray[np.int64]) -> "Cases":
        """Keep some slices."""
        return Cases(*(getattr(self, field.name)[rows] for field in fields(self)))

    def followed_by(self, others: "Cases") -> "Cases":
        """Append slices."""
        return Cases(
            *(
                np.concatenate([getattr(self, field.name), getattr(others, field.name)])
                for field in fields(self)
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class Annotated:
    """Slices that readers marked. They teach where to look; what they show is taught by replay."""

    cases: Cases
    masks: CellMasks

    def __len__(self) -> int:
        return len(self.cases)

    def select(self, rows: NDArray[np.int64]) -> "Annotated":
        """Keep some slices."""
        return Annotated(self.cases.select(rows), self.masks.select(torch.from_numpy(rows)))

    def followed_by(self, others: "Annotated") -> "Annotated":
        """Append slices."""
        return Annotated(self.cases.followed_by(others.cases), self.masks.followed_by(others.masks))

    def marked(self) -> "Annotated":
        """Drop slices of weight 0: nobody marked them, so nothing may depend on them."""
        return self.select(np.flatnonzero(self.masks.weight.numpy() > 0))


def check_fits(network: EvidenceNetwork, annotated: Annotated, replay: Cases) -> None:
    """Refuse slices that the network cannot read, and too little replay.

    Raises
    ------
    GeometryMismatchError
        If slices or marks have another size than the network.
    BadInputError
        If the replay has fewer slices than are annotated, or lacks one of their classes.
    """
    size = network.shape.input_size
    for cases in (annotated.cases, replay):
        if len(cases) and cases.images.shape[1:] != (size, size):
            raise GeometryMismatchError(
                f"Slices have {cases.images.shape[1:]} pixels; these weights read {size} a side.",
                fix="Prepare the slices for these weights.",
            )
    places = size // int(network.centers.jump)
    if len(annotated) and annotated.masks.evidence.shape[1:] != (places, places):
        raise GeometryMismatchError(
            f"Marks have {tuple(annotated.masks.evidence.shape[1:])} cells; these weights have "
            f"{places} a side.",
            fix="Make the marks with cell_masks(..., cells=places of these weights).",
        )
    if len(replay) < max(1, len(annotated)):
        raise BadInputError(
            f"{len(replay)} slices are replayed for {len(annotated)} annotated ones.",
            fix="Replay at least as many slices as are annotated.",
        )
    absent = sorted(set(annotated.cases.labels.tolist()) - set(replay.labels.tolist()))
    if absent:
        raise BadInputError(
            f"No slice of the class {CLASS_NAMES[absent[0]]} is replayed, but some are annotated.",
            fix="Replay slices of every class: what is not replayed may be forgotten.",
        )


def held_out(units: NDArray[Any], share: float, seed: int) -> NDArray[np.bool_]:
    """Mark slices kept for choosing between iterates, by whole units.

    A unit's lot depends on its name and the seed alone, whatever other slices there are.
    """
    names = [str(unit) for unit in units]
    lots = {name: _lot(f"{seed} {name}") for name in set(names)}
    return np.array([lots[name] < share for name in names], bool)


def balanced_weights(labels: NDArray[np.int64], units: NDArray[Any]) -> Tensor:
    """Weigh slices so that classes, and units within a class, are drawn alike, shape ``(n,)``."""
    pairs = [f"{label} {unit}" for label, unit in zip(labels.tolist(), units, strict=True)]
    _, unit_of, slices_in_unit = np.unique(pairs, return_inverse=True, return_counts=True)
    units_in_class = {
        int(label): len({p for p, of in zip(pairs, labels, strict=True) if of == label})
        for label in np.unique(labels)
    }
    per_class = np.array([units_in_class[int(label)] for label in labels], float)
    return torch.from_numpy(1.0 / (per_class * slices_in_unit[unit_of]))


def manifest_sha256(
    network: EvidenceNetwork, annotated: Annotated, replay: Cases, config: Mapping[str, Any]
) -> str:
    """Hash all that decides a run: weights, slices, marks and settings."""
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    digest.update(json.dumps(network.shape.as_dict(), sort_keys=True).encode())
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.contiguous().numpy().tobytes())
    for cases in (annotated.cases, replay):
        digest.update(np.ascontiguousarray(cases.images).tobytes())
        digest.update(np.ascontiguousarray(cases.labels).tobytes())
        digest.update(json.dumps([str(unit) for unit in cases.units]).encode())
    for field in fields(annotated.masks):
        digest.update(getattr(annotated.masks, field.name).contiguous().numpy().tobytes())
    return digest.hexdigest()


def _lot(text: str) -> float:
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16) / 16**12
