"""Which voxels belong to which tissue."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from neuroscope.errors import BadInputError, GeometryError
from neuroscope.records.arrays import Array, read_only
from neuroscope.records.geometry import Affine, checked_affine


@dataclass(frozen=True, slots=True)
class Tissue:
    """What a label means."""

    name: str
    code: str  # short form, for example `ET`


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """Integer labels `(i, j, k)` on a grid; 0 is background; every other label has a name."""

    labels: Array
    affine: Affine
    tissues: Mapping[int, Tissue]
    author: str

    def __post_init__(self) -> None:
        if self.labels.ndim != 3:
            raise GeometryError(
                f"Labels need three axes; these have {self.labels.ndim}.", fix="Give (i, j, k)."
            )
        if not np.issubdtype(self.labels.dtype, np.integer):
            raise BadInputError(
                f"Labels are {self.labels.dtype}.", fix="Round them to whole numbers first."
            )
        unnamed = sorted(set(np.unique(self.labels).tolist()) - {0, *self.tissues})
        if unnamed:
            raise BadInputError(
                f"The labels {unnamed} have no name.", fix="Name every label in `tissues`."
            )
        object.__setattr__(self, "labels", read_only(self.labels))
        object.__setattr__(self, "affine", checked_affine(self.affine))
        object.__setattr__(self, "tissues", MappingProxyType(dict(self.tissues)))

    def mask(self, label: int) -> Array:
        """Return where the label is, as booleans of shape `(i, j, k)`."""
        return np.asarray(self.labels == label)
