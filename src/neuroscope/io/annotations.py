"""What the formats of annotations share: how voxels of a file are found in a series."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, GeometryMismatchError, TooLargeError
from neuroscope.records.annotation import Annotation, AnnotationKind
from neuroscope.records.geometry import Affine
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

MOST_MASKS_OF_LIMIT = 8  # a file may hold this many times the voxels of the largest volume
SAME_GRID = 0.02  # voxels
NO_POINTS = np.zeros((0, 3))


@dataclass(frozen=True, slots=True)
class ReadAnnotations:
    """What a file held, and what of it could not be used."""

    annotations: tuple[Annotation, ...]
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Where an array of a file lies in a grid.

    Attributes
    ----------
    axes
        Which axis of the array runs along each axis of the grid.
    flipped
        Which axes of the grid the array runs against.
    start
        Index in the grid of its first voxel.
    """

    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]
    start: tuple[int, int, int]

    def turned(self, array: NDArray[Any]) -> NDArray[Any]:
        """Lay the array out along the axes of the grid; nothing is copied."""
        ways = tuple(slice(None, None, -1 if against else 1) for against in self.flipped)
        return np.transpose(array, self.axes)[ways]


def window(affine: Affine, shape: tuple[int, int, int], grid: Volume) -> Window:
    """Find out where the voxels of a file lie in the grid of a series, in whatever order.

    Raises
    ------
    GeometryMismatchError
        If they are not voxels of the grid, or some lie outside it.
    """
    between = np.linalg.inv(grid.affine) @ affine
    turn = np.rint(between[:3, :3])
    axes = np.abs(turn).argmax(1)
    matrix = np.zeros((3, 3))
    matrix[np.arange(3), axes] = np.sign(turn[np.arange(3), axes])
    extent = np.array(shape) - 1
    off = np.abs(between[:3, :3] - matrix) @ extent + np.abs(
        between[:3, 3] - np.rint(between[:3, 3])
    )
    if sorted(axes.tolist()) != [0, 1, 2] or off.max() > SAME_GRID:
        raise GeometryMismatchError(
            "The annotation lies on another grid than this series.",
            fix="Import it to the series it was drawn on, or resample it to this one first.",
        )
    first = np.rint(between[:3, 3])
    last = first + matrix @ extent
    start, end = np.minimum(first, last), np.maximum(first, last)
    if (start < 0).any() or (end >= grid.shape).any():
        raise GeometryMismatchError(
            "The annotation reaches beyond this series.",
            fix="Import it to the series it was drawn on.",
        )
    flipped = (matrix.sum(1) < 0).tolist()
    i, j, k = start.astype(int).tolist()
    return Window((int(axes[0]), int(axes[1]), int(axes[2])), tuple(flipped), (i, j, k))


def in_grid(annotation: Annotation, grid: Volume) -> NDArray[np.bool_]:
    """Lay a mask out on the whole grid of its series.

    Raises
    ------
    BadInputError
        If the annotation is no mask.
    GeometryMismatchError
        If it lies on another grid.
    """
    if annotation.mask is None or annotation.mask_affine is None:
        raise BadInputError(
            f"A {annotation.shape} has no voxels.", fix="Turn it into a mask (voxel_mask) first."
        )
    i, j, k = annotation.mask.shape
    place = window(annotation.mask_affine, (i, j, k), grid)
    full = np.zeros(grid.shape, bool)
    box = place.turned(annotation.mask)
    full[tuple(slice(a, a + n) for a, n in zip(place.start, box.shape, strict=True))] = box
    return full


def mask_annotation(
    mask: NDArray[np.bool_],
    grid: Volume,
    *,
    series_id: str,
    kind: AnnotationKind,
    author: str,
    reason: str = "",
) -> Annotation:
    """Make an annotation from a mask on the whole grid, cut to the box around it.

    The id comes from the content and the author: a file read twice gives the same ids.
    """
    return box_annotation(
        mask, (0, 0, 0), grid, series_id=series_id, kind=kind, author=author, reason=reason
    )


def box_annotation(
    part: NDArray[np.bool_],
    start: tuple[int, int, int],
    grid: Volume,
    *,
    series_id: str,
    kind: AnnotationKind,
    author: str,
    reason: str = "",
) -> Annotation:
    """Make an annotation from a part of the grid, as `mask_annotation` does from all of it.

    Parameters
    ----------
    start
        Index in the grid of the first voxel of the part.
    """
    sides = [np.flatnonzero(part.any(other)) for other in ((1, 2), (0, 2), (0, 1))]
    if not all(len(side) for side in sides):
        raise BadInputError("The mask marks no voxel.", fix="Give a mask that marks some.")
    box = np.ascontiguousarray(part[tuple(slice(s[0], s[-1] + 1) for s in sides)])
    affine = np.array(grid.affine)
    affine[:3, 3] = grid.to_mm(np.add(start, [side[0] for side in sides]))
    return Annotation(
        id=content_id(series_id, author, kind, reason, box.tobytes(), affine.tobytes()),
        series_id=series_id, kind=kind, shape="mask", points_mm=NO_POINTS, author=author,
        reason=reason, mask=box, mask_affine=affine,
    )  # fmt: skip


def check_boxes(voxels: int, limits: Limits) -> None:
    """Refuse a file whose masks together hold too many voxels.

    Raises
    ------
    TooLargeError
        Above eight times the voxels of the largest volume.
    """
    if voxels > MOST_MASKS_OF_LIMIT * limits.volume_voxels:
        raise TooLargeError(
            f"The masks of the file span {voxels} voxels together.",
            fix="Import fewer labels at a time.",
        )


def content_id(*parts: str | bytes) -> str:
    """Name an annotation by what it holds, in 32 hexadecimal digits."""
    total = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        total.update(len(content).to_bytes(8, "big") + content)
    return total.hexdigest()[:32]
