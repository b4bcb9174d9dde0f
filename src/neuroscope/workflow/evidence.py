"""Explain a volume: its slices along every axis, run and fused for the class that was decided."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuroscope.explain.volume_cam import FusionConfig, axes_worth_cutting, fuse_volume
from neuroscope.models.inference import EvidenceEngine
from neuroscope.preprocess.orient import (
    SliceSource,
    indices_every,
    slices_along,
    usable_indices,
)
from neuroscope.records.analysis import SeriesFinding, SliceFinding
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.volume import Volume
from neuroscope.records.volumeevidence import AxisSlices, VolumeConstants, VolumeEvidence
from neuroscope.workflow.analyze import run_slices

STEP_MM = 2.5  # between slices of an axis; a cell of the evidence measures 4 to 6 mm


def explain_volume(
    volume: Volume,
    target: str,
    engine: EvidenceEngine,
    constants: VolumeConstants,
    *,
    brain: NDArray[np.bool_] | None = None,
    known: SeriesFinding | None = None,
    config: FusionConfig = FusionConfig(),
    progress: Progress = ignore,
) -> VolumeEvidence:
    """Draw the evidence for one class from axial, coronal and sagittal slices, fused.

    Parameters
    ----------
    target
        The class of all slices: the decision on the volume, or for a healthy one the likeliest
        tumor.
    brain
        Shape of the volume; None leaves the map unmasked.
    known
        The finding of the analysis of this very volume, whose slices are then not run again; one
        of another grid is not used.
    """
    slices = slices_of_axes(volume, engine, known=known, progress=progress)
    return fuse_volume(volume, slices, target, constants, brain=brain, config=config)


def slices_of_axes(
    volume: Volume,
    engine: EvidenceEngine,
    *,
    known: SeriesFinding | None = None,
    progress: Progress = ignore,
) -> tuple[AxisSlices, ...]:
    """Run slices about 2.5 mm apart along every axis that is worth cutting."""
    cut = []
    axes = axes_worth_cutting(volume.spacing_mm)
    for number, axis in enumerate(axes):
        source = slices_along(volume, axis)
        if known is not None and _is_of(known, source):
            findings = known.slices
        else:
            findings = run_slices(source, indices_every(source, STEP_MM), engine)
        cut.append(_axis_slices(source, findings))
        progress((number + 1) / len(axes))
    return tuple(cut)


def _is_of(known: SeriesFinding, source: SliceSource) -> bool:
    """Tell whether a finding was made on these slices: same axis, same number, same pictures."""
    seen = {item.index for item in known.slices}
    return (
        known.axis == source.axis
        and bool(seen)
        and max(seen | set(known.not_run)) < source.number
        and seen <= set(usable_indices(source))
        and all(item.evidence.image_shape == source.shape(item.index) for item in known.slices)
    )


def _axis_slices(source: SliceSource, findings: Sequence[SliceFinding]) -> AxisSlices:
    assert source.cut is not None  # noqa: S101 - slices_along always cuts
    usable = set(usable_indices(source))
    return AxisSlices(
        plane=source.cut.plane,
        axis=source.cut.axis,
        row_axis=source.cut.row_axis,
        column_axis=source.cut.column_axis,
        to_voxel=source.cut.to_voxel,
        cells={item.index: item.evidence for item in findings},
        empty=tuple(index for index in range(source.number) if index not in usable),
    )
