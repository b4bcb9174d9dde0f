"""An analyzed slice as a tile of the validation page shows it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.arrays import read_only
from neuroscope.records.focus import FocusRow

PICTURE_SIDE = 96  # pixels


@dataclass(frozen=True, slots=True, eq=False)
class SliceView:
    """A small picture of a slice, and where the evidence for its answer lies.

    Attributes
    ----------
    picture
        Gray values, shape `(PICTURE_SIDE, PICTURE_SIDE)`; the slice lies in its middle.
    focus
        None if it could not be told where the evidence lies.
    """

    index: int
    picture: NDArray[np.uint8]
    focus: FocusRow | None = None

    def __post_init__(self) -> None:
        if self.picture.shape != (PICTURE_SIDE, PICTURE_SIDE):
            raise BadInputError(
                f"The picture of a tile has shape {self.picture.shape}.",
                fix=f"Give {PICTURE_SIDE} x {PICTURE_SIDE} pixels.",
            )
        object.__setattr__(self, "picture", read_only(self.picture))
