"""What a reader drew, in millimeters, and why."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.arrays import read_only

AnnotationKind = Literal["evidence", "not_evidence", "tumor", "note"]
Shape = Literal["contour", "stroke"]


@dataclass(frozen=True, slots=True, eq=False)
class Annotation:
    """One drawn shape, as a vector.

    Attributes
    ----------
    points_mm
        Shape `(n, 3)`, RAS+ millimeters: the vertices of a closed contour or the path of a brush.
    radius_mm
        Of the brush; 0 for a contour.
    version
        Counts up from 1 with every edit; versions are never changed.
    """

    id: str
    series_id: str
    kind: AnnotationKind
    shape: Shape
    points_mm: NDArray[np.float64]
    author: str
    version: int = 1
    radius_mm: float = 0.0
    reason: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(AnnotationKind):
            raise BadInputError(
                f"The kind of an annotation is {self.kind!r}.",
                fix=f"Use one of {', '.join(get_args(AnnotationKind))}.",
            )
        fewest = 3 if self.shape == "contour" else 1
        if self.points_mm.ndim != 2 or self.points_mm.shape[1:] != (3,):
            raise BadInputError(
                f"The points have shape {self.points_mm.shape}.", fix="Give (n, 3) in mm."
            )
        if len(self.points_mm) < fewest:
            raise BadInputError(
                f"A {self.shape} of {len(self.points_mm)} points is empty.",
                fix=f"Draw at least {fewest}.",
            )
        if self.shape == "stroke" and not self.radius_mm > 0:
            raise BadInputError(
                f"The brush has a radius of {self.radius_mm} mm.", fix="Give a radius above 0."
            )
        object.__setattr__(self, "points_mm", read_only(self.points_mm))
