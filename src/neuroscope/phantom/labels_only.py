"""The labels of a phantom without its pictures: what its tumor is like, at a small cost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import draw_person
from neuroscope.phantom.case import ANATOMY, BRAIN_BOX, LESION
from neuroscope.phantom.fields import Grid, Number
from neuroscope.phantom.laid import lay
from neuroscope.phantom.lesions.kinds import resolve_kind
from neuroscope.phantom.lesions.lesion import Lesion, Wish
from neuroscope.phantom.lesions.registry import grow
from neuroscope.phantom.streams import require_seed


@dataclass(frozen=True, slots=True, eq=False)
class LabelMap:
    """Labels in the part of the grid that holds the lesions."""

    labels: NDArray[np.uint8]
    grid: Grid
    lesions: tuple[Lesion, ...]


def make_labels(
    kind: str,
    *,
    seed: int,
    spacing_mm: tuple[Number, Number, Number],
    atrophy: Number | None = None,
    wish: Wish = Wish(),
) -> LabelMap:
    """Make the labels that `make_case` would give this kind, seed, atrophy and wish.

    Parameters
    ----------
    spacing_mm
        Along R, A and S, above 0.

    Raises
    ------
    BadInputError
        If the wish cannot be met, or for a spacing or a seed that no study can have.
    """
    require_seed(seed)
    if not all(0 < step < np.inf for step in spacing_mm):
        raise BadInputError(
            f"A spacing of {spacing_mm} mm is not possible.", fix="Give three lengths above 0."
        )
    person = draw_person(np.random.default_rng([seed, ANATOMY]), atrophy=atrophy)
    lesions = grow(resolve_kind(kind), person, wish, np.random.default_rng([seed, LESION]))
    grid = _around(lesions, spacing_mm)
    return LabelMap(lay(person, lesions, grid).labels(), grid, lesions)


def _around(lesions: tuple[Lesion, ...], spacing_mm: tuple[Number, Number, Number]) -> Grid:
    """Lay the part of the brain's grid in which lesions grew."""
    spacing = (float(spacing_mm[0]), float(spacing_mm[1]), float(spacing_mm[2]))
    shape = [round((high - low) / s) for (low, high), s in zip(BRAIN_BOX, spacing, strict=True)]
    origin = [low + s / 2 for (low, _), s in zip(BRAIN_BOX, spacing, strict=True)]
    whole = Grid((shape[0], shape[1], shape[2]), spacing, (origin[0], origin[1], origin[2]))
    if not lesions:
        return whole.crop((slice(0, 1), slice(0, 1), slice(0, 1)))
    first = [np.array(lesion.grid.origin) for lesion in lesions]
    last = [
        np.array(lesion.grid.origin) + np.array(lesion.grid.spacing) * lesion.grid.shape
        for lesion in lesions
    ]
    return whole.crop(whole.box_around(np.min(first, 0).tolist(), np.max(last, 0).tolist()))
