"""Measure everything that a segmentation and its images give: the one door to this package."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from neuroscope.errors import GeometryMismatchError
from neuroscope.measure import atlas as places
from neuroscope.measure.diameters import crossed_diameters, line_measurement, longest_diameter
from neuroscope.measure.lesions import Found, counts, find_lesions, side_of
from neuroscope.measure.midline import ERROR_MM, find_midline
from neuroscope.measure.mismatch import find_mismatch
from neuroscope.measure.regions import NAMES, Region, axial_axis, parts_of, regions_of
from neuroscope.measure.sampling import Floats
from neuroscope.measure.surface import surface_of
from neuroscope.measure.vasari import LEAST_ML, Known, vasari
from neuroscope.measure.ventricles import find_ventricles, ventricle_distance
from neuroscope.measure.volumetry import check_grid, label_volumes, ratios, volumes
from neuroscope.records.arrays import Array
from neuroscope.records.geometry import closest_axes
from neuroscope.records.measured import Measurements, Midline
from neuroscope.records.measurement import CrossedDiameters, Line, Measurement
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.volume import Volume

MEASURED_IN_MM = ("WT", "TC", "ET")
HEALTHY_POINTS = 60_000
THICK_MM = 3.0
LOOKED_MM = 15.0  # for the surface of the brain


def measure(
    segmentation: Segmentation,
    *,
    images: Mapping[str, Volume],
    brain: Volume | None,
    probabilities: Mapping[str, Array] | None = None,
    validated_ml: Mapping[str, tuple[float, float]] | None = None,
    atlas: Segmentation | None = None,
    source: str = "",
) -> Measurements:
    """Measure a segmented study.

    Parameters
    ----------
    segmentation
        Labels whose tissues have the codes `NCR`, `ED`, `ET` (or `NET`, `SNFH`, ...); may be empty.
    images
        By role (`t1`, `t1c`, `t2`, `flair`), in the space of the segmentation, on any grid.
    brain
        Mask of the brain on the grid of the segmentation; without it there is no midline.
    probabilities
        By region (`WT`, `TC`, `ET`), on the grid of the segmentation: for the intervals of volumes.
    validated_ml
        By region: the volumes between which the truth lies by the validation of the segmenter;
        they take the place of the probabilities.
    atlas
        Places in the space of the segmentation, on any grid; tissues named as `left frontal lobe`.
    source
        What to call the segmentation; its author if not given.

    Raises
    ------
    GeometryMismatchError
        If the brain or the probabilities lie on another grid.
    """
    named = source or f"segmentation by {segmentation.author}"
    check_grid(segmentation, probabilities or {})
    regions = regions_of(segmentation)
    scene = _scene(segmentation, images, brain, named)
    measured = volumes(regions, named, p_region=probabilities, validated=validated_ml)
    values = list(label_volumes(segmentation, named)) + list(measured)
    values += ratios(measured, named)
    found = find_lesions(regions, named, midline=scene.midline, atlas=atlas)
    values += counts(found, named)
    drawn = _drawn(regions)
    values += _lengths(regions, drawn, named)
    for code in MEASURED_IN_MM:
        values += surface_of(regions[code], code, named)
    core = _core(regions)
    apart = _ventricles(core, segmentation, scene, named)
    values += _of_place(core, scene.midline, atlas, apart, named)
    sees = _sees_enhancement(segmentation, regions, images)
    mismatch = find_mismatch(regions, scene.images, scene.healthy_mm, named, sees_enhancement=sees)
    if mismatch is not None:
        values.append(mismatch.score)
    features = vasari(
        Known(
            regions, scene.images, scene.healthy_mm, found.lesions, scene.midline, atlas,
            drawn.crossed.get("WT"), apart.value if apart else None, _depth_mm(core, scene.brain),
            sees,
        )
    )  # fmt: skip
    return Measurements(
        named, tuple(values), found.lesions, drawn.longest, drawn.crossed, scene.midline, mismatch,
        features, _cautions(segmentation, scene, found, atlas),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """What stays the same for all measurements of a study."""

    images: Mapping[str, Volume]
    brain: Volume | None
    healthy_mm: Floats
    midline: Midline | None


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    longest: Mapping[str, Line]
    crossed: Mapping[str, CrossedDiameters]


def _scene(
    segmentation: Segmentation, images: Mapping[str, Volume], brain: Volume | None, source: str
) -> _Scene:
    if brain is None:
        return _Scene({}, None, np.zeros((0, 3)), None)
    labels = Volume(segmentation.labels, segmentation.affine)
    if not brain.same_grid(labels):
        raise GeometryMismatchError(
            f"The brain mask has shape {brain.shape}, the labels {labels.shape}.",
            fix="Resample the mask onto the grid of the labels with nearest neighbors.",
        )
    lesion = np.asarray(segmentation.labels > 0)
    every = max(1, round(np.cbrt(segmentation.labels.size / HEALTHY_POINTS / 4)))
    thin = (slice(None, None, every),) * 3
    healthy = np.argwhere((brain.voxels[thin] > 0) & ~lesion[thin]) * every
    midline = find_midline(images, brain, lesion, source)
    return _Scene(images, brain, brain.to_mm(healthy), midline)


def _sees_enhancement(
    segmentation: Segmentation, regions: Mapping[str, Region], images: Mapping[str, Volume]
) -> bool:
    """Tell whether labels and images can say that nothing enhances, or that something does."""
    named = any(tissue.code == "ET" for tissue in segmentation.tissues.values())
    return named and ("t1c" in images or regions["ET"].ml >= LEAST_ML)


def _core(regions: Mapping[str, Region]) -> Region:
    return regions["WT"] if regions["TC"].is_empty else regions["TC"]


def _drawn(regions: Mapping[str, Region]) -> _Drawn:
    """Find the diameters of the part of each region in which they are largest."""
    longest: dict[str, Line] = {}
    crossed: dict[str, CrossedDiameters] = {}
    for code in MEASURED_IN_MM:
        for part in parts_of(regions[code]):
            line = longest_diameter(part)
            if line and (code not in longest or line.length_mm > longest[code].length_mm):
                longest[code] = line
            pair = crossed_diameters(part)
            if pair and (code not in crossed or pair.product_mm2 > crossed[code].product_mm2):
                crossed[code] = pair
    return _Drawn(longest, crossed)


def _lengths(regions: Mapping[str, Region], drawn: _Drawn, source: str) -> list[Measurement]:
    values = []
    for code, line in drawn.longest.items():
        how = f"furthest two voxel centers of one part of the {NAMES[code]}"
        affine = regions[code].affine
        values.append(line_measurement(f"{code} longest diameter", line, affine, how, source))
    for code, pair in drawn.crossed.items():
        affine = regions[code].affine
        how = "longest line inside the lesion, holes filled, on the slice of the largest product"
        first = line_measurement(f"{code} axial diameter", pair.longest, affine, how, source)
        how = "longest line inside the lesion that crosses it at a right angle"
        second = line_measurement(
            f"{code} perpendicular diameter", pair.across, affine, how, source
        )
        values += [first, second, _product(code, pair, first, second, source)]
    return values


def _product(
    code: str, pair: CrossedDiameters, first: Measurement, second: Measurement, source: str
) -> Measurement:
    how = f"bidimensional product as in RANO, all {pair.plane} slices searched, one part"
    how += "; interval: from those of both lines"
    high = (first.interval or (0, 0))[1] * (second.interval or (0, 0))[1]
    bounds = pair.product_mm2, max(pair.product_mm2, high)
    return Measurement(
        f"{code} bidimensional product", pair.product_mm2, "mm2", how, source, bounds
    )


def _ventricles(
    core: Region, segmentation: Segmentation, scene: _Scene, source: str
) -> Measurement | None:
    if core.is_empty or scene.brain is None or scene.midline is None:
        return None
    lesion = np.asarray(segmentation.labels > 0)
    found = find_ventricles(scene.images, scene.brain, lesion, scene.midline, scene.healthy_mm)
    return None if found is None else ventricle_distance(core, found, source)


def _depth_mm(core: Region, brain: Volume | None) -> float | None:
    """Measure from a region to the surface of the brain, between voxel centers.

    Infinity if there is none within `LOOKED_MM`; None without brain or region, and where the grid
    ends before a surface is met.
    """
    if brain is None or core.is_empty:
        return None
    spacing = np.array(brain.spacing_mm)
    margin = np.ceil(LOOKED_MM / spacing).astype(int)
    first = np.array(core.corner) - margin
    last = np.array(core.corner) + core.inside.shape + margin
    box = tuple(
        slice(max(a, 0), min(b, n)) for a, b, n in zip(first, last, brain.shape, strict=True)
    )
    inside = np.asarray(brain.voxels[box]) > 0
    places = np.argwhere(core.inside) + np.array(core.corner)
    nearest = float("inf")
    if not inside.all():
        depth = np.asarray(ndimage.distance_transform_edt(inside, sampling=spacing))
        at = places - [part.start for part in box]
        nearest = float(depth[tuple(at.T)].min())
    to_edge = float((np.minimum(places, np.array(brain.shape) - 1 - places) * spacing).min())
    if to_edge < min(nearest, LOOKED_MM):
        return None
    return nearest if nearest <= LOOKED_MM else float("inf")


def _of_place(
    core: Region,
    midline: Midline | None,
    atlas: Segmentation | None,
    ventricles: Measurement | None,
    source: str,
) -> list[Measurement]:
    values: list[Measurement] = []
    if midline is not None and midline.shift is not None:
        values.append(midline.shift)
    if core.is_empty:
        return values
    if midline is not None:
        points = core.to_mm(np.argwhere(core.inside))
        off = (points - np.array(midline.point_mm)) @ np.array(midline.normal)
        apart = 0.0 if off.min() < 0 < off.max() else float(np.abs(off).min())
        how = (
            f"nearest voxel center to the plane; 0 if it is crossed; side: {side_of(core, midline)}"
        )
        values.append(Measurement("distance to midline", apart, "mm", how, source))
    if ventricles is not None:
        values.append(ventricles)
    if atlas is not None:
        values += places.place_measurements(atlas, core, source)
    return values


def _cautions(
    segmentation: Segmentation, scene: _Scene, found: Found, atlas: Segmentation | None
) -> tuple[str, ...]:
    said = []
    if not found.lesions:
        said.append("The segmentation holds no lesion: all volumes are 0.")
    if found.specks:
        said.append(
            f"Too small to list: {found.specks} {'part' if found.specks == 1 else 'parts'} of "
            f"{found.specks_ml:.3f} ml in all, counted in the volumes."
        )
    if scene.midline is None:
        said.append("The midline was not found: sides are by the scanner's axes.")
    elif scene.midline.shift is None:
        said.append("The midline shift could not be read from these images.")
    if atlas is None:
        said.append("No atlas was laid over the study: lobes are not named.")
    axis = axial_axis(segmentation.affine)
    spacing = Volume(segmentation.labels, segmentation.affine).spacing_mm
    if spacing[axis] >= THICK_MM:
        said.append(
            f"Slices are {spacing[axis]:.1f} mm apart: volumes and areas have wide intervals."
        )
    elif max(spacing) >= THICK_MM:
        names = ("sagittal", "coronal", "axial")
        thick = names[closest_axes(segmentation.affine)[int(np.argmax(spacing))]]
        said.append(f"Slices are {thick}: axial diameters are read across thick slices.")
    shift = None if scene.midline is None else scene.midline.shift
    if shift is not None and abs(shift.value) < ERROR_MM:
        said.append("The midline shift is within the error of its measurement.")
    return tuple(said)
