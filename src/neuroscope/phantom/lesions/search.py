"""Where lesions may begin, sought on a grid of 4 mm that is laid once per person."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.phantom.anatomy.person import Brain, Person, Place, brain_at, locate
from neuroscope.phantom.fields import Field, Grid, sample
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Side, sign_of, ventricles

GRID = Grid((42, 51, 45), (4.0, 4.0, 4.0), (-82.0, -118.0, -84.0))


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A person on the coarse grid.

    Attributes
    ----------
    place, brain
        Before any lesion grew.
    beside_mm
        Distance to the lateral and third ventricles, 0 inside.
    """

    place: Place
    brain: Brain
    beside_mm: Field

    def on_side(self, side: Side, least_mm: float = 4.0) -> Mask:
        """Say which positions lie on a side, so far from the midline at least."""
        return np.asarray(sign_of(side) * self.place.template_mm[0] > least_mm)

    def point(self, chance: Field | Mask, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw a point with the given relative chances, anywhere in its voxel."""
        shift = (rng.random(3) - 0.5) * GRID.spacing
        return GRID.drawn_point(np.asarray(chance, np.float32), rng) + shift

    def away_from_ventricles(self, point_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the unit vector at a point that leads away from the nearest ventricle."""
        index = (point_mm - GRID.origin) / GRID.spacing
        before, after = (index[:, None] + step * np.eye(3) for step in (-0.5, 0.5))
        slope = self._beside(after) - self._beside(before)
        length = float(np.linalg.norm(slope))
        return slope / length if length > 1e-3 else np.array([1.0, 0.0, 0.0])

    def _beside(self, index: NDArray[np.float64]) -> NDArray[np.float64]:
        return sample(self.beside_mm, index.astype(np.float32)).astype(np.float64)


@lru_cache(maxsize=1)
def search(person: Person) -> Search:
    """Lay a person on the coarse grid; the last one is remembered."""
    place = locate(person, GRID)
    brain = brain_at(person, place, with_residual=False)
    inside = ventricles(place, brain)
    beside = ndimage.distance_transform_edt(~inside, sampling=GRID.spacing)
    return Search(place, brain, np.asarray(beside, np.float32))


def supratentorial(template_mm: Field) -> Mask:
    """Say which positions lie above the tentorium: no cerebellum, no brain stem."""
    x, y, z = template_mm
    roof = 2 - 0.38 * np.abs(x) - 0.22 * (-40 - y)
    behind = (y < -36) & (np.abs(x) < 52)
    stem = (np.abs(x) < 16) & (y < -12) & (z < -8)
    return np.asarray(np.where(behind, z > roof, ~stem))


def infratentorial(template_mm: Field) -> Mask:
    """Say which positions lie in the posterior fossa, 2 mm under the tentorium at least."""
    x, y, z = template_mm
    roof = 2 - 0.38 * np.abs(x) - 0.22 * (-40 - y)
    fossa = (z < roof - 2) & (y < -30) & (np.abs(x) < 56)
    stem = (np.abs(x) < 16) & (y < -12) & (z < -8)
    return np.asarray(fossa | stem)
