"""Contours for a reader to edit: filled in between two slices, or taken over from a model.

Nothing is stored: a reader looks at them, moves corners, and stores them as their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.explain.evidence_map import slice_heatmap
from neuroscope.measure.regions import REGIONS
from neuroscope.preprocess.between import fill_between
from neuroscope.preprocess.contours import LayerContours, Rings, contours_in
from neuroscope.preprocess.drawn import grid_of_layer
from neuroscope.preprocess.orient import PLANES
from neuroscope.records.annotation import PLAIN_AFFINE, Annotation, AnnotationKind
from neuroscope.records.geometry import checked_affine, closest_axes, transform
from neuroscope.records.prediction import ModelRef
from neuroscope.records.slicegrid import SliceGrid
from neuroscope.records.volume import Plane, Volume
from neuroscope.store.blobs import read_array
from neuroscope.store.database import Store
from neuroscope.store.evidence import load_cells
from neuroscope.store.result_rows import folder_of
from neuroscope.store.stored_analysis import StoredAnalysis, StoredSeriesFinding
from neuroscope.store.studies import StoredSeries, read_slice, read_study
from neuroscope.store.volumetry import read_maps, read_volumetry

HALF = 0.5  # of a pixel inside a region: its contour runs there


@dataclass(frozen=True, slots=True, eq=False)
class Drafts:
    """Contours of what a model found on one slice.

    Attributes
    ----------
    of
        The class whose evidence it is, or the region.
    threshold
        The contours run where the map has this value.
    plane
        Of a volume; None for a picture.
    """

    contours: tuple[Rings, ...]
    kind: AnnotationKind
    of: str
    threshold: float
    model: ModelRef | None
    plane: Plane | None


def fill(
    store: Store,
    study_id: str,
    series_id: str,
    first: Sequence[Annotation],
    second: Sequence[Annotation],
) -> tuple[tuple[LayerContours, ...], Plane]:
    """Draw the contours of the slices between two on which something is drawn.

    Raises
    ------
    BadInputError, GeometryMismatchError
        As `preprocess.between.fill_between`; and for a series of pictures.
    NotFoundError
        If there is no such study or series.
    """
    volume = grid_of(read_study(store, study_id).require_series(series_id))
    layers = fill_between(first, second, volume)
    return layers, PLANES[closest_axes(volume.affine)[layers[0].axis]]


def picture_evidence(
    store: Store, analysis: StoredAnalysis, series_id: str, index: int, target: str | None
) -> Drafts:
    """Draw around the evidence on a plain picture, where its map is shown as part of the finding.

    Parameters
    ----------
    target
        None for the evidence for the model's own answer.

    Raises
    ------
    NotFoundError
        If the picture was not analyzed.
    """
    cells = load_cells(store, analysis.id, series_id, index)
    if target is None:
        found = analysis.require_series(series_id).slices
        target = next(one.prediction.label for one in found if one.index == index)
    heatmap = slice_heatmap(cells, target, analysis.spec)
    stored = read_slice(store, analysis.study_id, series_id, index)
    affine = PLAIN_AFFINE if stored.affine is None else stored.affine
    grid = SliceGrid(stored.name, cells.image_shape, affine, index)
    contours = contours_in(heatmap.values - heatmap.threshold, grid)
    return Drafts(contours, "evidence", target, heatmap.threshold, analysis.model, None)


def volume_evidence(
    store: Store,
    analysis: StoredAnalysis,
    series: StoredSeries,
    position_mm: tuple[float, float, float],
    *,
    plane: Plane | None = None,
    target: str | None = None,
) -> Drafts:
    """Draw around the evidence on one slice of a volume.

    Parameters
    ----------
    position_mm
        A point on the slice.
    plane
        None for the plane in which the model looked at the volume.
    target
        None for the evidence for the model's decision.

    Raises
    ------
    BadInputError
        If the point lies outside the volume.
    NotFoundError
        If no evidence for this class is stored.
    """
    finding = analysis.require_series(series.series.id)
    target = target or _decided(finding)
    blob = finding.evidence.get(target)
    if blob is None:
        raise NotFoundError(
            "There is no evidence volume for this class (yet).",
            fix="Wait for the job to end, or choose another class.",
        )
    volume = grid_of(series)
    grid, axis, layer = _slice_at(volume, position_mm, plane or finding.plane)
    values = read_array(folder_of(store, analysis.id), blob)
    shown = np.take(values, layer, axis).astype(np.float64) * analysis.step
    spec = analysis.spec
    threshold = max(spec.threshold * spec.scale_of(target), spec.floor_of(target))
    return Drafts(
        contours_in(shown - threshold, grid), "evidence", target, threshold, analysis.model,
        _plane_of(volume, axis),
    )  # fmt: skip


def segmented_region(
    store: Store,
    analysis: StoredAnalysis,
    series: StoredSeries,
    position_mm: tuple[float, float, float],
    *,
    plane: Plane | None = None,
    region: str = "WT",
) -> Drafts:
    """Draw around a region of the segmentation on one slice of a volume that was aligned to it.

    Parameters
    ----------
    position_mm
        A point on the slice.
    plane
        None for axial.
    region
        A name of `measure.regions.REGIONS`.

    Raises
    ------
    BadInputError
        If the point lies outside the volume, or the series was not aligned to the segmentation.
    NotFoundError
        If the analysis has no segmentation.
    """
    content = read_volumetry(store, analysis.id).content
    labels, _ = read_maps(store, analysis.id)
    volume = grid_of(series)
    grid, axis, _ = _slice_at(volume, position_mm, plane or "axial")
    codes = {label["value"]: label["code"] for label in content["labels"]}
    values = [value for value, code in codes.items() if code in REGIONS[region]]
    inside = np.isin(labels, values).astype(np.float32)
    reference = checked_affine(content["reference"]["affine_ras_mm"])
    to_voxel = np.linalg.inv(reference) @ _to_reference(content, series.series.id)
    pixel = np.indices(grid.shape).reshape(2, -1).T
    places = grid.to_mm(np.column_stack([pixel, np.zeros(len(pixel))]))
    at = transform(np.asarray(to_voxel, np.float64), places).T
    share = ndimage.map_coordinates(inside, at, order=1).reshape(grid.shape)
    model = content["model"]
    return Drafts(
        contours_in(share - HALF, grid), "tumor", region, HALF,
        None if model is None else ModelRef(model["name"], model["version"], model["sha256"]),
        _plane_of(volume, axis),
    )  # fmt: skip


def grid_of(series: StoredSeries) -> Volume:
    """Give the grid of a volume, without reading its voxels: all are 0.

    Raises
    ------
    BadInputError
        For a series of plain pictures.
    """
    if series.array is None or series.affine is None:
        raise BadInputError(
            "This series holds plain pictures, not a volume.",
            fix="Choose a volume, or name the picture by `slice_index`.",
        )
    return Volume(np.broadcast_to(np.uint8(0), series.array.shape), series.affine)


def _decided(finding: StoredSeriesFinding) -> str:
    if finding.decision is None:
        raise NotFoundError(
            "The model decided nothing on this series.", fix="Name the class, or another series."
        )
    return finding.decision.label


def _slice_at(
    volume: Volume, position_mm: tuple[float, float, float], plane: Plane | None
) -> tuple[SliceGrid, int, int]:
    """Find the layer of voxels through a point; give its grid, its axis and its number."""
    axis = closest_axes(volume.affine).index(PLANES.index(plane or "axial"))
    layer = round(float(volume.to_voxel(np.asarray(position_mm))[axis]))
    if not 0 <= layer < volume.shape[axis]:
        r, a, s = position_mm
        raise BadInputError(
            f"The point ({r:.1f}, {a:.1f}, {s:.1f}) mm lies outside the volume.",
            fix="Choose a slice of the volume.",
        )
    return grid_of_layer(volume, axis=axis, layer=layer), axis, layer


def _plane_of(volume: Volume, axis: int) -> Plane:
    return PLANES[closest_axes(volume.affine)[axis]]


def _to_reference(content: dict[str, object], series_id: str) -> NDArray[np.float64]:
    """Return what moves millimeters of a series onto those of the segmentation, `(4, 4)`."""
    sequences = content["sequences"]
    assert isinstance(sequences, list)  # noqa: S101 - report/volumetry.py writes it
    for sequence in sequences:
        if sequence["series_id"] == series_id:
            return np.array(sequence["to_reference"], np.float64)
    raise BadInputError(
        "This series was not aligned to the segmentation.",
        fix="Take the region over on the series that was measured: "
        "`reference` of the volumetry names it.",
    )
