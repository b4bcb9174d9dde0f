"""Grids in space and smooth random fields that do not depend on the grid they are drawn on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.records.geometry import Affine, checked_affine

Field = NDArray[np.float32]
Number = int | float  # mm, ml, ms: tests check types strictly, and 2 mm is as good as 2.0 mm
Box = tuple[slice, slice, slice]

SLAB_VOXELS = 1 << 13  # computed at a time, so that the arithmetic stays in the processor's cache
WORLD_HALF_MM = 150.0  # noise is defined within this distance of the origin on each axis
NOISE_SD = 0.3319  # of cubic B-splines with unit knots, mean over a cell: (151 / 315) ** 1.5
SPLINE_WIDTH = 1.36  # full width at half maximum of a cubic B-spline, in knots


@dataclass(frozen=True, slots=True)
class Grid:
    """A regular grid whose axes point to R, A, S; `origin` is the center of its first voxel."""

    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]

    @property
    def affine(self) -> Affine:
        """Voxel to RAS+ millimeters."""
        matrix = np.diag([*self.spacing, 1.0])
        matrix[:3, 3] = self.origin
        return checked_affine(matrix)

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in milliliters."""
        return float(np.prod(self.spacing)) / 1000.0

    def axis_mm(self, axis: int) -> Field:
        """Positions of the voxel centers along one axis."""
        return _line_mm(self.shape[axis], self.spacing[axis], self.origin[axis])

    def points_mm(self) -> Field:
        """Positions of all voxel centers, shape `(3, i, j, k)`."""
        axes = [self.axis_mm(axis) for axis in range(3)]
        return np.stack(np.meshgrid(*axes, indexing="ij"))

    def box_around(self, low_mm: Sequence[Number], high_mm: Sequence[Number]) -> Box:
        """Return the slices of the voxels between two corners (empty where they miss the grid)."""
        spans = []
        for axis in range(3):
            start, step = self.origin[axis], self.spacing[axis]
            first = int(np.clip(np.floor((low_mm[axis] - start) / step), 0, self.shape[axis]))
            last = int(np.clip(np.ceil((high_mm[axis] - start) / step) + 1, 0, self.shape[axis]))
            spans.append(slice(first, max(first, last)))
        return spans[0], spans[1], spans[2]

    def point_mm(self, index: Sequence[int]) -> NDArray[np.float64]:
        """Position of one voxel's center."""
        point: NDArray[np.float64] = np.array(self.origin) + np.array(self.spacing) * index
        return point

    def drawn_voxel(self, chance: Field, rng: np.random.Generator) -> tuple[int, int, int]:
        """Draw the index of a voxel with the given relative chances."""
        weights = chance.ravel().astype(np.float64)
        flat = int(rng.choice(weights.size, p=weights / weights.sum()))
        i, j, k = (int(n) for n in np.unravel_index(flat, chance.shape))
        return i, j, k

    def drawn_point(self, chance: Field, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw the position of a voxel with the given relative chances, in mm."""
        return self.point_mm(self.drawn_voxel(chance, rng))

    def crop(self, box: Box) -> "Grid":
        """Return the part of the grid inside a box."""
        spans = [part.indices(n) for part, n in zip(box, self.shape, strict=True)]
        shape = [stop - start for start, stop, _ in spans]
        zipped = zip(self.origin, self.spacing, spans, strict=True)
        origin = [o + s * span[0] for o, s, span in zipped]
        return Grid((shape[0], shape[1], shape[2]), self.spacing, (origin[0], origin[1], origin[2]))

    def thickened(self, planes: int) -> "Grid":
        """Return the grid whose axial slices are made of so many planes each."""
        (i, j, k), (a, b, c), (x, y, z) = self.shape, self.spacing, self.origin
        return Grid((i, j, k // planes), (a, b, c * planes), (x, y, z + c * (planes - 1) / 2))


def _line_mm(count: int, step_mm: float, first_mm: float) -> Field:
    return np.asarray(np.arange(count) * step_mm + first_mm, np.float32)


def cube(center_mm: Sequence[Number], half_mm: Number, spacing_mm: Number) -> Grid:
    """Make an isotropic grid of a cube around a point."""
    n = 2 * int(np.ceil(half_mm / spacing_mm)) + 1
    step = float(spacing_mm)
    low = [float(c) - (n - 1) / 2 * step for c in center_mm]
    return Grid((n, n, n), (step, step, step), (low[0], low[1], low[2]))


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """A smooth random field with mean 0 and variance 1: cubic B-spline knots on a lattice in mm."""

    knots: Field
    step_mm: float


def draw_noise(rng: np.random.Generator, width_mm: Number) -> Noise:
    """Draw a field whose correlation has about this width (full width at half maximum)."""
    step = width_mm / SPLINE_WIDTH
    n = int(np.ceil(2 * WORLD_HALF_MM / step)) + 4
    return Noise(rng.standard_normal((n, n, n), dtype=np.float32), step)


def on_grid(noise: Noise, grid: Grid) -> Field:
    """Evaluate a field at the voxels of a grid."""
    lines = zip(grid.shape, grid.spacing, grid.origin, strict=True)
    bases = [_basis(noise.step_mm, len(noise.knots), line) for line in lines]
    field = noise.knots[tuple(span for _, span in bases)]
    for basis, span in bases:
        field = np.tensordot(field, basis[:, span], axes=([0], [1]))
    return np.asarray(field / np.float32(NOISE_SD), np.float32)


def _knots_near(basis: Field) -> slice:
    """Span the knots that reach a position: few of them where the grid is a small part of space.

    Of a lone position all are kept: fewer would be added up in another order, and the same seed
    would no longer give the same last digit.
    """
    reached = np.flatnonzero(basis.any(axis=0))
    if len(basis) == 1 or not len(reached):
        return slice(None)
    return slice(int(reached[0]), int(reached[-1]) + 1)


@lru_cache(maxsize=128)
def _basis(step_mm: float, knots: int, line: tuple[int, float, float]) -> tuple[Field, slice]:
    """Weights of every knot (columns) at every position (rows), and which knots reach any.

    Fields of one width share them, and a person has many; `line` is an axis of a grid.
    """
    positions_mm = _line_mm(*line)
    at = (positions_mm.astype(np.float64) + WORLD_HALF_MM) / step_mm + 1.5
    distance = np.abs(at[:, None] - np.arange(knots)[None])
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    basis = np.where(distance < 1, near, far).astype(np.float32)
    basis.setflags(write=False)
    return basis, _knots_near(basis)


def sample(field: Field, index: Field, *, outside: float = 0.0) -> Field:
    """Interpolate an array at (fractional) indices of shape `(3, ...)`."""
    values = np.empty(index.shape[1:], np.float32)
    ndimage.map_coordinates(field, index, values, order=1, mode="constant", cval=outside)
    return values


def resample(field: Field, source: Grid, target: Grid, *, outside: float) -> Field:
    """Carry a field from one grid to another by trilinear interpolation."""
    steps = np.array(target.spacing) / np.array(source.spacing)
    offset = (np.array(target.origin) - np.array(source.origin)) / np.array(source.spacing)
    values = np.empty(target.shape, np.float32)
    ndimage.affine_transform(
        field, steps, offset, target.shape, output=values, order=1, mode="constant", cval=outside
    )
    return values


def blur(field: Field, sigma_mm: Number, spacing: tuple[float, float, float]) -> Field:
    """Smooth by a Gaussian given in millimeters; the field is mirrored at its border.

    Goes plane by plane, so that the arithmetic stays in the processor's cache: for the small
    widths of a scanner this is ten times as fast as `scipy.ndimage.gaussian_filter`, and gives the
    same but for rounding.
    """
    across, along_j, along_k = (_gaussian(sigma_mm / step) for step in spacing)
    reach = len(across) - 1
    mirrored, mirrored_j, mirrored_k = (
        np.pad(np.arange(n), len(weights) - 1, mode="symmetric")
        for n, weights in zip(field.shape, (across, along_j, along_k), strict=True)
    )
    smooth = np.empty(field.shape, np.float32)
    for i in range(len(field)):
        plane = field[i] * across[0]
        for n in range(1, reach + 1):
            plane += across[n] * (field[mirrored[i + reach - n]] + field[mirrored[i + reach + n]])
        plane = _along_rows(plane, along_j, mirrored_j)
        smooth[i] = _along_rows(plane.T, along_k, mirrored_k).T
    return smooth


def _gaussian(sigma: float) -> Field:
    """Weights of a Gaussian of unit sum at 0, 1, 2 ... steps, up to three sigma."""
    steps = np.arange(int(3.0 * sigma + 0.5) + 1)
    weights = np.exp(-0.5 * (steps / max(sigma, 1e-9)) ** 2)
    return np.asarray(weights / (2 * weights.sum() - weights[0]), np.float32)


def _along_rows(plane: Field, weights: Field, mirrored: NDArray[np.int64]) -> Field:
    reach, n = len(weights) - 1, len(plane)
    if not reach:
        return plane
    wide = plane[mirrored]
    smooth = wide[reach : reach + n] * weights[0]
    for step in range(1, reach + 1):
        left, right = wide[reach - step : reach - step + n], wide[reach + step : reach + step + n]
        smooth += weights[step] * (left + right)
    return np.asarray(smooth, np.float32)


def blur_gain(sigma_mm: Number, spacing: tuple[float, float, float]) -> float:
    """Say what `blur` leaves of the standard deviation of white noise."""
    gain = 1.0
    for step in spacing:
        weights = _gaussian(sigma_mm / step)
        gain *= float(np.sqrt(2 * (weights**2).sum() - weights[0] ** 2))
    return gain


def ramp(distance_mm: Field, width_mm: Number) -> Field:
    """Turn a signed distance into a soft mask: 0 outside, 1 inside, one voxel wide."""
    soft = np.clip(distance_mm / np.float32(width_mm) + np.float32(0.5), 0, 1)
    return np.asarray(soft, np.float32)
