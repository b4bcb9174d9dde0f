"""Compute, once for a set of weights, what makes evidence comparable across slices and planes.

Phantoms show every plane with and without tumor, and nothing but the tumor differs; but how
strongly the network answers to real pictures only real slices tell. So the level comes from the
training slices (it stands in the sidecar of the weights), and the ratio of the planes from
phantoms.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.explain.volume_cam import FusionConfig, fuse_volume
from neuroscope.learn.volume_localization import best_threshold, dices
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.lesions.kinds import CLASS_OF, Kind
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.volume import Plane, Volume
from neuroscope.records.volumeevidence import AxisSlices, VolumeConstants

CutAxes = Callable[[Volume], tuple[AxisSlices, ...]]
KINDS: tuple[Kind, ...] = ("glioblastoma", "meningioma", "pituitary", "none")
SEQUENCE = "t1c"
LEAST_TUMOR = 0.004  # of the head in a slice: less is neither a tumor slice nor one without
LEAST_FLOOR = 0.005
LIT_ALLOWED = 0.001  # of a healthy brain
FREE_RANK, TUMOR_RANK = 95.0, 99.5  # percentiles: of slices without tumor, and with it


@dataclass(frozen=True, kw_only=True)
class ConstantsConfig:
    """How many phantoms are made; no other part of the project uses these seeds."""

    fit_cases: int = 24
    validation_cases: int = 12
    first_seed: int = 520_000
    spacing_mm: float = 2.0

    def __post_init__(self) -> None:
        if min(self.fit_cases, self.validation_cases) < len(KINDS) or self.first_seed < 0:
            raise ValueError(f"Ask for {len(KINDS)} phantoms or more of each, one of every kind.")


@dataclass(frozen=True, slots=True, eq=False)
class CutCase:
    """A phantom, its tumor as the sequence shows it, its brain, and its slices."""

    label: int
    volume: Volume
    tumor: NDArray[np.bool_]
    any_lesion: NDArray[np.bool_]
    brain: NDArray[np.bool_]
    slices: tuple[AxisSlices, ...]


def fit_volume_constants(
    cut_axes: CutAxes,
    spec: EvidenceSpec,
    weights_sha256: str,
    config: ConstantsConfig,
    progress: Progress = ignore,
) -> VolumeConstants:
    """Measure offset and scale of every plane on phantoms, then choose the extent on others.

    Parameters
    ----------
    cut_axes
        Runs the network along the axes of a volume (`workflow.slices_of_axes`).
    """
    total = config.fit_cases + config.validation_cases
    cases = []
    for case in cut_cases(cut_axes, total, config.first_seed, config.spacing_mm):
        cases.append(case)
        progress(len(cases) / total)
    fitted, validation = cases[: config.fit_cases], cases[config.fit_cases :]
    constants = plane_constants(fitted, spec, weights_sha256)
    healthy = [case for case in validation if case.label == NO_TUMOR]
    tumors = [case for case in validation if case.label != NO_TUMOR]
    floor = max(_quiet_level(case, constants) for case in healthy)
    constants = replace(constants, floor=round(max(floor, LEAST_FLOOR), 5))
    return replace(constants, of_peak=best_threshold([_overlaps(c, constants) for c in tumors]))


def cut_cases(
    cut_axes: CutAxes, number: int, first_seed: int, spacing_mm: float
) -> Iterator[CutCase]:
    """Make brains of every kind in turn and run their slices."""
    for seed in range(first_seed, first_seed + number):
        kind = KINDS[seed % len(KINDS)]
        yield cut_case(make_phantom(kind, seed, spacing_mm), cut_axes)


def make_phantom(kind: Kind, seed: int, spacing_mm: float) -> PhantomCase:
    """Make a brain without skull, T1 with contrast."""
    return make_case(kind, seed=seed, spacing_mm=spacing_mm, sequences=(SEQUENCE,))


def cut_case(case: PhantomCase, cut_axes: CutAxes) -> CutCase:
    """Run the slices of one phantom."""
    volume, labels = case.volumes[SEQUENCE], case.segmentation.labels
    return CutCase(
        label=CLASS_NAMES.index(CLASS_OF[case.kind]),
        volume=volume,
        tumor=labels % 2 == 1,
        any_lesion=labels > 0,
        brain=brain_of(volume),
        slices=cut_axes(volume),
    )


def brain_of(volume: Volume) -> NDArray[np.bool_]:
    """Mark the brain of a volume without skull: what is not 0, opened and filled."""
    return np.asarray(ndimage.binary_fill_holes(ndimage.binary_opening(volume.voxels > 0)))


def plane_constants(
    cases: Sequence[CutCase], spec: EvidenceSpec, weights_sha256: str
) -> VolumeConstants:
    """Compute offset and scale of every plane and class.

    Notes
    -----
    Offset: the larger of what the sidecar says of real slices without tumor and the 95th percentile
    on phantom slices without any lesion in this plane, never below 0. Scale: the sidecar's, which
    is the 99.5th percentile on real and phantom training slices of the class, times the ratio of
    that percentile in this plane to the one over all planes, on phantoms.
    """
    planes = tuple(item.plane for item in cases[0].slices)
    offset: dict[Plane, list[float]] = {plane: [] for plane in planes}
    scale: dict[Plane, list[float]] = {plane: [] for plane in planes}
    for label in range(len(spec.classes)):
        with_it = {plane: _cells(cases, plane, label, tumor=True) for plane in planes}
        overall = _percentile(np.concatenate(list(with_it.values())), TUMOR_RANK)
        for plane in planes:
            free = _percentile(_cells(cases, plane, label, tumor=False), FREE_RANK)
            here = _percentile(with_it[plane], TUMOR_RANK)
            ratio = here / overall if label != NO_TUMOR and here > 0 and overall > 0 else 1.0
            offset[plane].append(round(max(0.0, spec.floor[label], free), 8))
            scale[plane].append(round(spec.scale[label] * ratio, 8))
    return VolumeConstants(
        classes=spec.classes,
        offset={plane: tuple(values) for plane, values in offset.items()},
        scale={plane: tuple(values) for plane, values in scale.items()},
        floor=LEAST_FLOOR,
        of_peak=0.0,
        weights_sha256=weights_sha256,
    )


def fused(case: CutCase, target: str, constants: VolumeConstants) -> NDArray[np.float32]:
    """Fuse the evidence for one class within the brain."""
    config = FusionConfig(shifts=0)
    found = fuse_volume(
        case.volume, case.slices, target, constants, brain=case.brain, config=config
    )
    return np.asarray(found.heatmap.values, np.float32)


def _quiet_level(case: CutCase, constants: VolumeConstants) -> float:
    """Give the evidence that 0.1 % of a healthy brain exceeds, for the worst class of tumor."""
    tumors = [name for name in constants.classes if name != CLASS_NAMES[NO_TUMOR]]
    levels = [
        np.quantile(fused(case, name, constants)[case.brain], 1 - LIT_ALLOWED) for name in tumors
    ]
    return float(max(levels))


def _overlaps(case: CutCase, constants: VolumeConstants) -> NDArray[np.float64]:
    """Measure the overlap with the tumor for every share of the peak that may be chosen."""
    values = fused(case, constants.classes[case.label], constants)
    peak = float(values.max())
    shown = np.where(values > constants.floor, values / max(peak, constants.floor), 0)
    return dices(shown.astype(np.float32), case.tumor)


def _cells(
    cases: Sequence[CutCase], plane: Plane, label: int, *, tumor: bool
) -> NDArray[np.float32]:
    """Gather the contributions to a class in all slices of a plane with its tumor, or without."""
    chosen: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
    for case in cases:
        slices = next(item for item in case.slices if item.plane == plane)
        for index, cells in slices.cells.items():
            wanted = (
                case.label == label and _share(case, case.tumor, slices.axis, index) >= LEAST_TUMOR
                if tumor
                else not case.any_lesion.take(index, slices.axis).any()
            )
            if wanted:
                chosen.append(cells.contributions[label].ravel())
    return np.concatenate(chosen)


def _share(case: CutCase, mask: NDArray[np.bool_], axis: int, index: int) -> float:
    head = int(case.brain.take(index, axis).sum())
    return int(mask.take(index, axis).sum()) / max(head, 1)


def _percentile(values: NDArray[np.float32], rank: float) -> float:
    return float(np.percentile(values, rank)) if values.size else 0.0
