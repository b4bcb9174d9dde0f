"""Stack the evidence of slices into one signed volume on the grid of the image.

Every slice keeps its own values on one scale: no slice is normalized, so changing one slice changes
the map of no other. Between slices that were run next to each other nothing is interpolated; where
a long volume was cut sparsely, a monotone cubic (PCHIP) in millimeters fills the gap without
overshoot.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.explain.evidence_map import METHOD, UNIT, sampled
from neuroscope.records.analysis import SeriesFinding
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.heatmap import Heatmap
from neuroscope.records.volume import Volume

Matrix = NDArray[np.float64]


def volume_heatmap(
    volume: Volume,
    finding: SeriesFinding,
    target: str,
    spec: EvidenceSpec,
    *,
    row_axis: int,
    column_axis: int,
    to_voxel: Matrix,
) -> Heatmap:
    """Draw the evidence for one class on the voxel grid of a volume.

    Parameters
    ----------
    finding
        Slices along `finding.axis`; those without head (`not_run`) hold 0.
    row_axis, column_axis, to_voxel
        How displayed slices lie on the voxel grid (`preprocess/orient.py`: `Cut`).

    Returns
    -------
    Heatmap
        Float32, shape of the volume, in logits per cell, with the volume's affine.
    """
    axis = finding.axis
    if axis is None or {axis, row_axis, column_axis} != {0, 1, 2}:
        raise BadInputError(
            "The finding does not say how the volume was cut.", fix="Conclude it from a volume."
        )
    to_screen = np.linalg.inv(to_voxel)
    rows = to_screen[0, 0] * np.arange(volume.shape[row_axis]) + to_screen[0, 2]
    columns = to_screen[1, 1] * np.arange(volume.shape[column_axis]) + to_screen[1, 2]
    stack = np.zeros((volume.shape[axis], len(rows), len(columns)), np.float32)
    for item in finding.slices:
        stack[item.index] = sampled(item.evidence, target, rows, columns)
    _fill_gaps(stack, _known(finding), volume.spacing_mm[axis])
    values = np.moveaxis(stack, (0, 1, 2), (axis, row_axis, column_axis))
    return Heatmap(
        values=values,
        method=METHOD,
        target=target,
        scale=spec.scale_of(target),
        threshold=max(spec.threshold * spec.scale_of(target), spec.floor_of(target)),
        unit=UNIT,
        affine=volume.affine,
    )


def _known(finding: SeriesFinding) -> list[int]:
    return sorted({*(item.index for item in finding.slices), *finding.not_run})


def _fill_gaps(stack: NDArray[np.float32], known: Sequence[int], gap_mm: float) -> None:
    """Interpolate the layers that were skipped between known ones, in place."""
    missing = np.setdiff1d(np.arange(len(stack)), known)
    if len(known) < 2 or missing.size == 0:
        return
    missing = missing[(missing > known[0]) & (missing < known[-1])]
    if missing.size == 0:
        return
    from scipy.interpolate import PchipInterpolator  # 0.5 s to import, rarely needed

    for row in range(stack.shape[1]):  # row by row: the coefficients take 16 times the memory
        curve = PchipInterpolator(np.asarray(known) * gap_mm, stack[known, row], axis=0)
        stack[missing, row] = curve(missing * gap_mm)
