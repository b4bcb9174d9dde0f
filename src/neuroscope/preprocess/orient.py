"""Cut a volume into slices as a radiologist hangs them, and remember the way back to the voxels.

A slice is displayed in radiological convention, the way the training images lie: on axial and
coronal slices the patient's right is on the left of the screen, on sagittal ones anterior is on the
left; anterior is up on axial slices, superior on the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neuroscope.records.geometry import closest_axes
from neuroscope.records.volume import Plane, Slice, Volume

PLANES: tuple[Plane, Plane, Plane] = ("sagittal", "coronal", "axial")  # normal to R, A, S
SMALLEST_SIDE = 32  # pixels; prepare_slice refuses less
THICKER = 1.2  # a volume this much coarser along one axis is cut along it
SQUARE = 1.01  # pixels less oblong than this are left alone
LEAST_HEAD = 0.02  # of the area of the slice
LEAST_HEAD_OF_LARGEST = 0.10  # of the area of the largest cut through the same head
HEAD_THRESHOLD = 0.10  # between air and bright tissue
EVERY_SLICE_UP_TO = 200
STEP_MM = 2.0  # longer volumes are cut about this far apart


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """How a volume is cut: along which voxel axis, and how a cut lies on the screen.

    Attributes
    ----------
    axis
        Voxel axis normal to the slices.
    row_axis, column_axis
        Voxel axes that run down and across the screen.
    flips
        Whether rows and columns run against the voxel index.
    shape
        Rows and columns on the screen, square pixels.
    to_voxel
        Shape `(3, 3)`: `(row, column, 1)` on the screen to the indices along `row_axis` and
        `column_axis`, and 1.
    gap_mm
        Between neighboring slices.
    """

    axis: int
    row_axis: int
    column_axis: int
    flips: tuple[bool, bool]
    shape: tuple[int, int]
    to_voxel: NDArray[np.float64]
    gap_mm: float
    plane: Plane


@dataclass(frozen=True, slots=True, eq=False)
class SliceSource:
    """Slices of one series, ready to be fetched one by one.

    Attributes
    ----------
    image
        The volume, or the plain slices.
    cut
        None for plain slices.
    names
        One for each slice.
    head
        Area of the head in every slice as a fraction of the image; 1 where it was not measured
        (plain slices, which are always run).
    unusable
        Index to reason, for slices that cannot be analyzed.
    floor
        `(fill, lowest)`: voxels that hold exactly `fill` are background and are shown as `lowest`.
        None unless the volume was normalized around a background of 0.
    """

    image: Volume | tuple[Slice, ...]
    cut: Cut | None
    names: tuple[str, ...]
    head: NDArray[np.float32]
    unusable: dict[int, str]
    floor: tuple[float, float] | None = None

    @property
    def number(self) -> int:
        """How many slices there are."""
        return len(self.names)

    @property
    def axis(self) -> int | None:
        """The voxel axis normal to the slices."""
        return self.cut.axis if self.cut else None

    @property
    def plane(self) -> Plane | None:
        """The anatomical plane of the slices of a volume."""
        return self.cut.plane if self.cut else None

    def shape(self, index: int) -> tuple[int, int]:
        """Rows and columns of one slice as displayed."""
        if isinstance(self.image, tuple):
            rows, columns = self.image[index].pixels.shape
            return rows, columns
        assert self.cut is not None  # noqa: S101 - a volume always has one
        return self.cut.shape

    def get(self, index: int) -> NDArray[np.float32]:
        """Fetch the pixels of one slice as displayed, shape `(rows, columns)`, all finite."""
        if isinstance(self.image, tuple):
            return _finite(self.image[index].pixels)
        assert self.cut is not None  # noqa: S101 - a volume always has one
        return _shown(self.image, self.cut, index, self.floor)


def slices_of(image: Volume | Sequence[Slice]) -> SliceSource:
    """Lay out the slices of a volume along its best plane, or take plain slices as they are.

    A volume that is coarser along one axis is cut along that axis, so that every cut has the
    highest resolution; one with equal spacing is cut into axial slices.
    """
    if not isinstance(image, Volume):
        slices = tuple(image)
        return SliceSource(
            image=slices,
            cut=None,
            names=tuple(item.name for item in slices),
            head=np.ones(len(slices), np.float32),
            unusable={
                index: _too_small(item.pixels.shape)
                for index, item in enumerate(slices)
                if min(item.pixels.shape) < SMALLEST_SIDE
            },
        )
    return _laid_out(image, best_cut(image))


def slices_along(volume: Volume, axis: int) -> SliceSource:
    """Lay out the slices of a volume along one voxel axis, whatever their resolution."""
    return _laid_out(volume, cut_along(volume, axis))


def _laid_out(image: Volume, cut: Cut) -> SliceSource:
    number = image.shape[cut.axis]
    small = min(cut.shape) < SMALLEST_SIDE
    floor = _normalized_floor(image)
    return SliceSource(
        image=image,
        cut=cut,
        names=tuple(f"{cut.plane} {index + 1}" for index in range(number)),
        head=head_fractions(image, cut.axis, floor=floor),
        unusable=dict.fromkeys(range(number), _too_small(cut.shape)) if small else {},
        floor=floor,
    )


def usable_indices(source: SliceSource) -> tuple[int, ...]:
    """Name the slices that are large enough and hold head.

    Slices of a volume where the head takes less than 2 % of the image, or less than a tenth of the
    largest cut through the head, do not count.
    """
    least = max(LEAST_HEAD, LEAST_HEAD_OF_LARGEST * float(source.head.max(initial=0.0)))
    return tuple(
        index
        for index in range(source.number)
        if source.head[index] >= least and index not in source.unusable
    )


def indices_to_run(source: SliceSource) -> tuple[int, ...]:
    """Choose the slices to analyze: all that are usable; in long volumes one about every 2 mm.

    The first and the last usable slice are always among them.
    """
    usable = usable_indices(source)
    if source.cut is None or len(usable) <= EVERY_SLICE_UP_TO:
        return usable
    return indices_every(source, STEP_MM)


def indices_every(source: SliceSource, step_mm: float) -> tuple[int, ...]:
    """Choose usable slices of a volume about `step_mm` apart, the first and the last among them.

    Counted from the edge of the volume, not from the first usable slice: a slice that is spoiled
    takes nothing but itself away.
    """
    usable = usable_indices(source)
    if source.cut is None or not usable:
        return usable
    step = max(1, round(step_mm / source.cut.gap_mm))
    regular = (index for index in usable if index % step == 0)
    return tuple(sorted({usable[0], *regular, usable[-1]}))


def best_cut(volume: Volume) -> Cut:
    """Choose the plane of highest resolution and work out how its cuts lie on the screen."""
    worlds = closest_axes(volume.affine)
    return cut_along(volume, max(range(3), key=lambda axis: _fitness(volume, axis, worlds[axis])))


def cut_along(volume: Volume, axis: int) -> Cut:
    """Work out how cuts normal to a voxel axis lie on the screen."""
    spacing = volume.spacing_mm
    worlds = closest_axes(volume.affine)
    world_of_rows = 2 if worlds[axis] != 2 else 1
    world_of_columns = 0 if worlds[axis] != 0 else 1
    row_axis, column_axis = worlds.index(world_of_rows), worlds.index(world_of_columns)
    # Rows run to inferior or posterior, columns to left or posterior: always down the RAS axis.
    flips = (
        bool(volume.affine[world_of_rows, row_axis] > 0),
        bool(volume.affine[world_of_columns, column_axis] > 0),
    )
    voxels = (volume.shape[row_axis], volume.shape[column_axis])
    shape = _square_shape(voxels, (spacing[row_axis], spacing[column_axis]))
    return Cut(
        axis=axis,
        row_axis=row_axis,
        column_axis=column_axis,
        flips=flips,
        shape=shape,
        to_voxel=_to_voxel(shape, voxels, flips),
        gap_mm=float(spacing[axis]),
        plane=PLANES[worlds[axis]],
    )


def head_fractions(
    volume: Volume, axis: int, *, floor: tuple[float, float] | None = None
) -> NDArray[np.float32]:
    """Measure how much of every slice along an axis holds head rather than air.

    One threshold serves the whole volume: a slice of pure noise is not stretched into a head.

    Returns
    -------
    NDArray[np.float32]
        One fraction for each slice; all 0 for a constant volume.
    """
    thin = [slice(None, None, 1 if v == axis or n < 96 else 2) for v, n in enumerate(volume.shape)]
    coarse = np.moveaxis(_finite(volume.voxels[tuple(thin)]), axis, 0)
    if floor is not None:
        coarse = np.where(coarse == floor[0], np.float32(floor[1]), coarse)
    sample = coarse.ravel()[:: max(1, coarse.size // 200_000)]
    air, bright = (float(value) for value in np.percentile(sample, (10.0, 98.0)))
    if bright <= air:  # a small head in much air, or nothing at all
        bright = float(coarse.max())
    if bright <= air:
        return np.zeros(len(coarse), np.float32)
    inside = coarse > air + HEAD_THRESHOLD * (bright - air)
    return np.asarray(inside.mean(axis=(1, 2)), np.float32)


def _fitness(volume: Volume, axis: int, world: int) -> tuple[bool, bool, float, bool]:
    """Rank a cutting axis: cuts large enough, only one slice, coarsest spacing, axial."""
    others = [v for v in range(3) if v != axis]
    spacing = volume.spacing_mm
    shape = _square_shape(
        (volume.shape[others[0]], volume.shape[others[1]]),
        (spacing[others[0]], spacing[others[1]]),
    )
    large = min(volume.shape[v] for v in others) > 1 and min(shape) >= SMALLEST_SIDE
    coarseness = spacing[axis] if spacing[axis] > THICKER * min(spacing) else 0.0
    return large, volume.shape[axis] == 1, coarseness, world == 2


def _square_shape(voxels: tuple[int, int], spacing: tuple[float, float]) -> tuple[int, int]:
    finest = min(spacing)
    if max(spacing) <= SQUARE * finest:
        return voxels
    rows, columns = (
        max(1, round(n * length / finest)) for n, length in zip(voxels, spacing, strict=True)
    )
    return rows, columns


def _to_voxel(
    shape: tuple[int, int], voxels: tuple[int, int], flips: tuple[bool, bool]
) -> NDArray[np.float64]:
    matrix = np.eye(3)
    for line in range(2):
        step = voxels[line] / shape[line]  # the outer edges of the image coincide
        start = step / 2 - 0.5
        matrix[line, line] = -step if flips[line] else step
        matrix[line, 2] = voxels[line] - 1 - start if flips[line] else start
    matrix.flags.writeable = False
    return matrix


def _shown(
    volume: Volume, cut: Cut, index: int, floor: tuple[float, float] | None
) -> NDArray[np.float32]:
    plane = _layer(volume.voxels, index, cut.axis)
    if cut.row_axis > cut.column_axis:
        plane = plane.T
    plane = plane[:: -1 if cut.flips[0] else 1, :: -1 if cut.flips[1] else 1]
    pixels = _finite(plane)
    if floor is not None:
        pixels = np.where(pixels == floor[0], np.float32(floor[1]), pixels)
    if pixels.shape != cut.shape:
        size = (cut.shape[1], cut.shape[0])
        pixels = np.asarray(
            Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR), np.float32
        )
    return pixels


def _layer(voxels: NDArray[Any], index: int, axis: int) -> NDArray[Any]:
    """View one layer; `np.take` would first copy a whole volume that is not in C order."""
    return voxels[(slice(None),) * axis + (index,)]


def _finite(values: NDArray[Any]) -> NDArray[np.float32]:
    """Copy as float32, with NaN and infinities at the lowest finite value."""
    pixels = np.array(values, np.float32, order="C")
    good = np.isfinite(pixels)
    if not good.all():
        pixels[~good] = pixels[good].min() if good.any() else 0.0
    return pixels


def _normalized_floor(volume: Volume) -> tuple[float, float] | None:
    """Find the constant background of a volume whose tissue reaches below it (z-scores)."""
    voxels = volume.voxels
    faces = [np.ravel(_layer(voxels, end, axis)) for axis in range(3) for end in (0, -1)]
    rim = np.concatenate(faces).astype(np.float32)
    fill = float(np.median(rim))
    if not np.isfinite(fill) or float(np.mean(rim == fill)) < 0.5:
        return None
    coarse = _finite(voxels[::2, ::2, ::2])
    below = coarse[coarse < fill]
    if below.size < 0.01 * coarse.size:
        return None
    return fill, float(below.min())


def _too_small(shape: tuple[int, ...]) -> str:
    return (
        f"It measures {shape[0]} x {shape[1]} pixels; at least {SMALLEST_SIDE} a side are needed."
    )
