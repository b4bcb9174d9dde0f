"""What a segmenter says of a study: labels, how sure it is of each voxel, and of the whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np

from neuroscope.errors import BadInputError, GeometryError
from neuroscope.records.arrays import Array, read_only
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.segmenterspec import REGIONS

TumorRule = Literal["glioma", "metastases", "other"]  # how small parts of a tumor are judged


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with the 95 % interval that validation studies gave it."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise BadInputError(
                f"The estimate {self.value} lies outside {self.low} to {self.high}.",
                fix="Give an interval that holds the value.",
            )


@dataclass(frozen=True, slots=True, eq=False)
class Segmented:
    """A segmentation and how far to trust it.

    Attributes
    ----------
    segmentation
        BraTS 2023 labels on the reference grid.
    model
        The weights that spoke; None for a mask that a person drew.
    p_region
        By region of `REGIONS`: probability of each voxel `(i, j, k)`; empty for a drawn mask.
    uncertainty
        Of each voxel, 0 (all agree) to 1 bit; None for a drawn mask.
    volume_ml
        By region, with an interval; empty if nothing is known about the error.
    expected_dice
        By region: what overlap with an expert to expect, estimated without one.
    present
        The sequences that were used.
    rule
        For which kind of tumor small parts were kept or dropped; empty for a drawn mask.
    """

    segmentation: Segmentation
    model: ModelRef | None = None
    p_region: Mapping[str, Array] = field(default_factory=dict)
    uncertainty: Array | None = None
    volume_ml: Mapping[str, Estimate] = field(default_factory=dict)
    expected_dice: Mapping[str, Estimate] = field(default_factory=dict)
    present: tuple[str, ...] = ()
    rule: str = ""
    cautions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = self.segmentation.labels.shape
        maps = list(self.p_region.values())
        if self.uncertainty is not None:
            maps.append(self.uncertainty)
            object.__setattr__(self, "uncertainty", read_only(self.uncertainty))
        if any(values.shape != shape for values in maps):
            raise GeometryError(
                "A map of the segmentation has another shape than its labels.",
                fix="Give all maps on the grid of the labels.",
            )
        unknown = {*self.p_region, *self.volume_ml, *self.expected_dice} - set(REGIONS)
        if unknown:
            raise BadInputError(
                f"There is no region {sorted(unknown)[0]!r}.", fix=f"Use {', '.join(REGIONS)}."
            )
        kept = {name: read_only(np.asarray(p)) for name, p in self.p_region.items()}
        object.__setattr__(self, "p_region", MappingProxyType(kept))
        for name in ("volume_ml", "expected_dice"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
