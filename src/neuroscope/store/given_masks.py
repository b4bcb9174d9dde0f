"""Segmentations that readers gave for their studies, as they gave them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.records.volume import Volume
from neuroscope.store.blobs import ArrayBlob, read_array, sync_folder, write_array


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
    """

    array: ArrayBlob
    affine: tuple[tuple[float, ...], ...]
    scheme: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what a JSON column holds."""
        rows = [list(row) for row in self.affine]
        return {"array": self.array.to_json(), "affine": rows, "scheme": self.scheme}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "GivenMask":
        """Read what a JSON column holds."""
        rows = tuple(tuple(row) for row in stored["affine"])
        return cls(ArrayBlob.from_json(stored["array"]), rows, stored["scheme"])


def save_mask(folder: Path, labels: Volume, *, scheme: str = "") -> GivenMask:
    """Store labels in the folder of their study; they go with it."""
    array = write_array(folder, np.asarray(labels.voxels, np.uint8), order="F")
    sync_folder(folder)
    rows = tuple(tuple(float(value) for value in row) for row in labels.affine)
    return GivenMask(array, rows, scheme)


def load_mask(folder: Path, mask: GivenMask) -> Volume:
    """Read labels, checked against their hash."""
    return Volume(read_array(folder, mask.array), np.array(mask.affine, np.float64))
