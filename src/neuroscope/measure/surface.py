"""The surface of a region: its area, its shape, its triangles.

A mask has stairs for a surface: marching cubes on it gives 9 to 22 % too much area. So the mask is
smoothed by a Gaussian first, and the level is taken at which as much is inside as voxels were
counted: small balls do not shrink and thin rims do not vanish. Thick slices are filled in by
interpolating the distance to the surface (Raya and Udupa 1990, doi:10.1109/42.52980).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.measure.regions import Mask, Region, parts_of
from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Affine, transform
from neuroscope.records.measurement import Measurement
from neuroscope.records.mesh import Mesh

Field = NDArray[np.float32]

SMOOTH_MM = 1.0
SMOOTH_STEPS = 0.8  # on coarse grids the Gaussian is this many steps wide
FINEST_MM = 0.7  # the field is not sampled more finely than this
THICK = 1.5  # slices this many times thicker than the finest spacing are filled in
THIN_ERROR, THICK_ERROR = 0.025, 0.06  # relative, of an area (docs/explanation/measurements.md)
LOWEST = 0.01  # of a field: what is flatter or fainter is no surface
HALVINGS = 14
REACH = 3.0  # standard deviations of margin


@dataclass(frozen=True, slots=True, eq=False)
class Smooth:
    """A smooth field whose level encloses a region."""

    values: Field
    level: float
    affine: Affine


def smooth(region: Region, *, edge_mm: float | None = None) -> Smooth:
    """Smooth a mask, on cubes of an edge if one is given, else on its grid without thick slices."""
    spacing = np.array(region.spacing_mm)
    fine = max(FINEST_MM, float(spacing.min()))
    wanted = np.where(spacing > THICK * fine, fine, spacing) if edge_mm is None else edge_mm
    step = np.broadcast_to(wanted, 3).astype(np.float64)
    sigma_mm = max(SMOOTH_MM, SMOOTH_STEPS * float(step.max()))
    margin = np.ceil((REACH * sigma_mm + step) / spacing).astype(int)
    inside = np.pad(region.inside, [(n, n) for n in margin])
    values, affine = np.asarray(inside, np.float32), _moved(region.affine, -margin)
    is_coarser = bool((step >= spacing).all())
    if not is_coarser:
        values, affine = _by_distance(inside, affine, spacing, step)
    of_grid = spacing if is_coarser else step
    values = ndimage.gaussian_filter(values, sigma_mm / of_grid, mode="constant", truncate=REACH)
    if not np.allclose(step, of_grid):
        values, affine = _sampled(values, affine, spacing, step)
    voxel_ml = abs(float(np.linalg.det(affine[:3, :3]))) / 1000
    return Smooth(values, level_of(values, round(region.ml / voxel_ml)), affine)


def level_of(values: Field, count: int) -> float:
    """Find the level of a field that encloses the volume of `count` voxels.

    A voxel counts in part, by how far the level is from its center along the slope.
    """
    slope = np.sqrt(sum(np.square(np.gradient(values, axis=axis)) for axis in range(3)))
    band = (values > LOWEST) & (values < 1 - LOWEST)
    sure = int(np.count_nonzero(values >= 1 - LOWEST))
    near, steep = values[band], np.maximum(slope[band], LOWEST)
    low, high = LOWEST, 1 - LOWEST
    for _ in range(HALVINGS):
        level = (low + high) / 2
        inside = sure + float(np.clip(0.5 + (near - level) / steep, 0, 1).sum())
        low, high = (level, high) if inside > count else (low, level)
    return min((low + high) / 2, 0.95 * float(values.max()))


def surface(field: Smooth, name: str) -> Mesh:
    """Lay triangles on the level of a field, facing outward."""
    from skimage.measure import marching_cubes

    if not field.values.max() > field.level:
        return Mesh(name, np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint32))
    vertices, faces, _, _ = marching_cubes(  # type: ignore[no-untyped-call]
        field.values, field.level, gradient_direction="ascent"
    )
    if np.linalg.det(field.affine[:3, :3]) < 0:
        faces = faces[:, ::-1]
    placed = transform(field.affine, vertices)
    return Mesh(name, np.asarray(placed, np.float32), np.ascontiguousarray(faces, np.uint32))


def surface_of(region: Region, name: str, source: str) -> tuple[Measurement, ...]:
    """Measure area and sphericity of a region, each part smoothed by itself.

    Returns
    -------
    tuple of Measurement
        Area in cm2; sphericity, 1 for a ball, of the largest part. Nothing for an empty region.
    """
    meshes = [surface(smooth(part), name) for part in parts_of(region)]
    drawn = [mesh for mesh in meshes if len(mesh.faces)]
    if not drawn:
        return ()
    area = sum(mesh.area_mm2 for mesh in drawn) / 100
    error = THIN_ERROR if max(region.spacing_mm) <= THICK else THICK_ERROR
    return (
        Measurement(
            f"{name} surface area", area, "cm2",
            f"marching cubes on the mask smoothed by {SMOOTH_MM:g} mm, volume kept; the interval "
            f"is the largest error on balls of 10 mm radius or more, {100 * error:g} %",
            source, (area * (1 - error), area * (1 + error)),
        ),
        Measurement(
            f"{name} sphericity", sphericity(drawn[0]), "1",
            "area of the ball of equal volume divided by the area; of the largest part", source,
        ),
    )  # fmt: skip


def sphericity(mesh: Mesh) -> float:
    """Compare the area of a ball of the same volume with that of a closed surface; 1 for a ball."""
    if not mesh.area_mm2:
        return 0.0
    return float(np.cbrt(36 * np.pi * (1000 * mesh.enclosed_ml) ** 2) / mesh.area_mm2)


def _moved(affine: Affine, steps: NDArray[np.int_]) -> Affine:
    moved = np.array(affine)
    moved[:3, 3] = transform(affine, steps)
    return moved


def _by_distance(inside: Mask, affine: Affine, spacing: Array, step: Array) -> tuple[Field, Affine]:
    """Interpolate the distance to the surface on a grid of other steps; inside is 1."""
    distance = np.asarray(
        ndimage.distance_transform_edt(inside, sampling=spacing)
        - ndimage.distance_transform_edt(~inside, sampling=spacing),
        np.float32,
    )
    finer, scaled = _sampled(distance, affine, spacing, step)
    return np.asarray(finer > 0, np.float32), scaled


def _sampled(values: Field, affine: Affine, spacing: Array, step: Array) -> tuple[Field, Affine]:
    """Sample a field on a grid of other steps."""
    last = [int((n - 1) * s / t) for n, s, t in zip(values.shape, spacing, step, strict=True)]
    shape = last[0] + 1, last[1] + 1, last[2] + 1
    ratio = step / spacing
    sampled = ndimage.affine_transform(values, ratio, 0.0, shape, order=1, mode="nearest")
    scaled = np.array(affine)
    scaled[:3, :3] = affine[:3, :3] * ratio
    return np.asarray(sampled, np.float32), scaled
