"""What a method of explanation says of one slice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.arrays import read_only
from neuroscope.records.explanationmethod import method_named


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """A map of one method for one class, on the pixels of the prepared slice.

    Attributes
    ----------
    values
        Shape `(rows, columns)`. Positive values speak for the class. The unit differs from method
        to method: maps are compared by their order, not by their size.
    target
        Column of the logits that is explained, after the mean over all classes is taken away.
    notes
        What the method says about itself, for example `completeness_error`.
    standard_error
        Of every value, where the method draws at random and knows it.
    """

    values: NDArray[np.float32]
    method: str
    target: int
    notes: Mapping[str, float | str] = field(default_factory=dict)
    standard_error: NDArray[np.float32] | None = None
    cautions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        method_named(self.method)
        if self.values.ndim != 2 or not np.isfinite(self.values).all():
            raise BadInputError(
                f"The map of {self.method} has shape {self.values.shape} or values that are not "
                "finite.",
                fix="Give one finite number for every pixel of the prepared slice.",
            )
        object.__setattr__(self, "values", read_only(self.values))
        object.__setattr__(self, "notes", MappingProxyType(dict(self.notes)))
        if self.standard_error is not None:
            object.__setattr__(self, "standard_error", read_only(self.standard_error))
