"""Surfaces made of triangles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, GeometryError
from neuroscope.records.arrays import read_only


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A surface in RAS+ millimeters.

    Attributes
    ----------
    name
        What it shows, for example `ET`.
    vertices_mm
        Shape `(n, 3)`.
    faces
        Shape `(m, 3)`: the three vertices of every triangle, counterclockwise seen from outside.
    """

    name: str
    vertices_mm: NDArray[np.float32]
    faces: NDArray[np.uint32]

    def __post_init__(self) -> None:
        for what, array in (("Vertices", self.vertices_mm), ("Faces", self.faces)):
            if array.ndim != 2 or array.shape[1] != 3:
                raise GeometryError(f"{what} have shape {array.shape}.", fix="Give (n, 3).")
        if self.faces.size and int(self.faces.max()) >= len(self.vertices_mm):
            raise BadInputError(
                f"A face names vertex {int(self.faces.max())} of {len(self.vertices_mm)}.",
                fix="Count vertices from 0.",
            )
        object.__setattr__(self, "vertices_mm", read_only(self.vertices_mm))
        object.__setattr__(self, "faces", read_only(self.faces))

    @property
    def area_mm2(self) -> float:
        """Area of all triangles."""
        return float(np.linalg.norm(self._doubled_areas(), axis=1).sum()) / 2

    @property
    def enclosed_ml(self) -> float:
        """Volume inside a closed surface; negative if its triangles face inward."""
        if not len(self.faces):
            return 0.0
        corners = self._corners()
        origin = corners[0, 0]
        a, b, c = (corners[:, n] - origin for n in range(3))
        return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6000

    def _corners(self) -> NDArray[np.float64]:
        return np.asarray(self.vertices_mm[self.faces], np.float64)

    def _doubled_areas(self) -> NDArray[np.float64]:
        corners = self._corners()
        return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
