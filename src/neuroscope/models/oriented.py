"""Stack sequences as channels on one grid whose axes run as a model expects them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.models.segmenter_input import sampled
from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Affine, checked_affine, closest_axes
from neuroscope.records.volume import Volume

SIGNS = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
BRATS_ORIENTATION = "LPS"
ORIENTATION_UNKNOWN = (
    "The model does not say how its training images were turned; those of BraTS (LPS) were assumed."
)

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Turn:
    """How the axes of a grid are exchanged and reversed; nothing is interpolated.

    Attributes
    ----------
    order
        By axis of the result: the axis it comes from.
    flipped
        Axes of the result that run the other way.
    """

    order: tuple[int, int, int]
    flipped: tuple[int, ...]

    def apply(self, values: Array) -> Array:
        """Turn values `(i, j, k)`."""
        return np.asarray(np.flip(values.transpose(self.order), self.flipped))

    def undo(self, values: Array) -> Array:
        """Bring turned values back."""
        return np.asarray(np.flip(values, self.flipped).transpose(np.argsort(self.order)))


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """What a model of others sees.

    Attributes
    ----------
    channels
        Gray values `(c, i, j, k)`, 0 outside the brain.
    affine
        Voxel indices of the turned grid to RAS+ millimeters.
    turn
        From the grid of the brain mask to this one.
    """

    channels: Float32
    affine: Affine
    turn: Turn


def turn_to(affine: Affine, orientation: str) -> Turn:
    """Find how a grid must be turned for its axes to run as named, for example `LPS`.

    Raises
    ------
    BadInputError
        If the letters name no orientation.
    """
    wanted = [SIGNS.get(letter) for letter in orientation]
    axes = [pair[0] for pair in wanted if pair is not None]
    if len(orientation) != 3 or sorted(axes) != [0, 1, 2]:
        raise BadInputError(
            f"'{orientation}' is no orientation.", fix="Use three letters such as RAS or LPS."
        )
    along = closest_axes(affine)
    order = [along.index(axis) for axis in axes]
    flipped = tuple(
        n
        for n, letter in enumerate(orientation)
        if np.sign(affine[SIGNS[letter][0], order[n]]) != SIGNS[letter][1]
    )
    return Turn((order[0], order[1], order[2]), flipped)


def turned_affine(affine: Affine, shape: tuple[int, ...], turn: Turn) -> Affine:
    """Give the affine of a grid of this shape after a turn."""
    matrix = np.eye(4)
    matrix[:3, :3] = affine[:3, list(turn.order)]
    matrix[:3, 3] = affine[:3, 3]
    for axis in turn.flipped:
        matrix[:3, 3] += matrix[:3, axis] * (shape[turn.order[axis]] - 1)
        matrix[:3, axis] *= -1
    return checked_affine(matrix)


def stacked(
    volumes: Mapping[str, Volume], brain: Volume, roles: Sequence[str], *, orientation: str
) -> Stack:
    """Sample the sequences on the grid of the brain mask, turned, in the order of `roles`.

    What is already on that grid is not interpolated.
    """
    turn = turn_to(brain.affine, orientation)
    inside = np.asarray(brain.voxels) > 0.5
    channels = [turn.apply(_on(volumes[role], brain) * inside) for role in roles]
    affine = turned_affine(brain.affine, brain.shape, turn)
    return Stack(np.ascontiguousarray(np.stack(channels), np.float32), affine, turn)


def _on(volume: Volume, grid: Volume) -> Float32:
    if volume.same_grid(grid):
        return np.asarray(volume.voxels, np.float32)
    return sampled(volume, grid.shape, grid.affine)
