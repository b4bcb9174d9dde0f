"""Draw the map of a method in three dimensions, as the evidence is drawn.

Slices along three axes, one class for all of them, fused; see `explain/volume_cam.py`.
"""

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neuroscope.errors import BadInputError
from neuroscope.explain.attribution.asking import BATCH, at_rest
from neuroscope.explain.attribution.class_maps import cells_of
from neuroscope.explain.volume_cam import FusionConfig, axes_worth_cutting, fuse_volume
from neuroscope.preprocess.orient import SliceSource, indices_every, slices_along, usable_indices
from neuroscope.preprocess.slice_input import PreparedSlice, prepare_slice
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.explanationmethod import METHODS, method_named
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.volume import Plane, Volume
from neuroscope.records.volumeevidence import AxisSlices, VolumeConstants, VolumeEvidence
from neuroscope.workflow.evidence import STEP_MM

STRONG_PERCENTILE = 99.5  # of the lit cells of an axis: what the map is scaled by
PEAK_SHARE = 0.3


def volume_map(
    volume: Volume,
    target: str,
    network: nn.Module,
    spec: EvidenceSpec,
    method: str,
    *,
    constants: VolumeConstants | None = None,
    brain: NDArray[np.bool_] | None = None,
    config: FusionConfig = FusionConfig(),
    progress: Progress = ignore,
) -> VolumeEvidence:
    """Draw the map of a method for one class in a volume.

    Parameters
    ----------
    method
        `evidence` or one of the family of Grad-CAM.
    constants
        That make slices comparable. None measures one scale for each axis on this volume: never one
        for each slice, which would light every slice up. The map says so in its cautions.
    brain
        Shape of the volume; None leaves the map unmasked.

    Raises
    ------
    BadInputError
        For a method that is not drawn in three dimensions.
    """
    if not method_named(method).reads_volumes:
        able = ", ".join(one.name for one in METHODS if one.reads_volumes)
        raise BadInputError(
            f"{method_named(method).title} is not drawn in three dimensions.",
            fix=f"Use one of {able}, or explain single slices.",
        )
    axes = axes_worth_cutting(volume.spacing_mm)
    cut = []
    for number, axis in enumerate(axes):
        source = slices_along(volume, axis)
        cut.append(_axis(source, target, network, spec, method))
        progress((number + 1) / len(axes))
    known = constants or _measured(cut, target, spec)
    return fuse_volume(volume, cut, target, known, brain=brain, config=config)


def _axis(
    source: SliceSource, target: str, network: nn.Module, spec: EvidenceSpec, method: str
) -> AxisSlices:
    assert source.cut is not None  # noqa: S101 - slices_along always cuts
    usable = set(usable_indices(source))
    indices = indices_every(source, STEP_MM)
    cells: dict[int, EvidenceCells] = {}
    for start in range(0, len(indices), BATCH):
        some = indices[start : start + BATCH]
        prepared = [prepare_slice(source.get(index), size=spec.size) for index in some]
        with at_rest(network):
            maps = cells_of(
                network,
                np.stack([item.image for item in prepared]),
                spec.classes.index(target),
                method,
            )
        for index, item, values in zip(some, prepared, maps, strict=True):
            cells[index] = _only(values, target, item, spec, source.shape(index))
    return AxisSlices(
        plane=source.cut.plane,
        axis=source.cut.axis,
        row_axis=source.cut.row_axis,
        column_axis=source.cut.column_axis,
        to_voxel=source.cut.to_voxel,
        cells=cells,
        empty=tuple(index for index in range(source.number) if index not in usable),
    )


def _only(
    values: NDArray[np.float32],
    target: str,
    prepared: PreparedSlice,
    spec: EvidenceSpec,
    shape: tuple[int, int],
) -> EvidenceCells:
    """Hold the map of one class where those of all classes are expected; the others are 0."""
    contributions = np.zeros((len(spec.classes), *values.shape), np.float32)
    contributions[spec.classes.index(target)] = values
    return EvidenceCells(
        contributions=contributions,
        logits=np.zeros(len(spec.classes), np.float32),
        classes=spec.classes,
        cell_to_pixel=prepared.to_pixels @ spec.cell_to_input,
        image_shape=shape,
    )


def _measured(cut: list[AxisSlices], target: str, spec: EvidenceSpec) -> VolumeConstants:
    at = spec.classes.index(target)
    offset: dict[Plane, tuple[float, ...]] = {}
    scale: dict[Plane, tuple[float, ...]] = {}
    for item in cut:
        maps = np.stack([cells.contributions[at] for cells in item.cells.values()] or [np.zeros(1)])
        lit = maps[maps > 0]  # of a map that is mostly 0 a percentile over all cells is 0
        strong = float(np.percentile(lit, STRONG_PERCENTILE)) if lit.size else 1.0
        offset[item.plane] = (0.0,) * len(spec.classes)
        scale[item.plane] = (strong,) * len(spec.classes)
    return VolumeConstants(
        classes=spec.classes,
        offset=offset,
        scale=scale,
        floor=1e-6,
        of_peak=PEAK_SHARE,
        weights_sha256="",
        fitted=False,
    )
