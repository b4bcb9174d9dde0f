"""Read the real studies of the development data that carry a segmentation.

They are a development set: the recipe was changed while looking at them. None is ever trained on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuroscope.io.nifti import read_nifti
from neuroscope.models.segmenter_input import sampled
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

NAMES: Mapping[str, str] = {"t1n": "t1", "t1c": "t1c", "t2w": "t2", "t2f": "flair"}


@dataclass(frozen=True, slots=True)
class _Source:
    folder: str
    reference: str
    by: str  # who drew the reference
    old_labels: bool = False  # BraTS 2013: 1 necrosis, 2 edema, 3 non-enhancing, 4 enhancing


SOURCES = (
    _Source("brats3d/Brats18_2013_2_1", "seg.nii.gz", "expert"),
    _Source("brats3d/BraTS-GLI-00001-000", "algorithm_seg-BraTS23_1.nii.gz", "algorithm"),
    _Source("brats3d/TCGA-DU-7294", "fusion_simple.nii.gz", "fusion of algorithms"),
    _Source("brats3d_2mod_normalised/brats_2013_pat0006_1", "OTMultiClass.nii.gz", "expert", True),
)


@dataclass(frozen=True, slots=True, eq=False)
class RealStudy:
    """Registered, skull-stripped sequences and a reference.

    Attributes
    ----------
    name, reference_by
        Name of the case in its public set, and who drew the reference.
    labels
        BraTS 2023 labels on the grid of `brain`.
    """

    name: str
    reference_by: str
    volumes: Mapping[str, Volume]
    brain: Volume
    labels: NDArray[np.uint8]


def real_studies(data: Path, limits: Limits) -> Iterator[RealStudy]:
    """Read those that are there, one at a time."""
    for source in SOURCES:
        folder = data / source.folder
        if (folder / source.reference).is_file():
            yield _read(folder, source, limits)


def _read(folder: Path, source: _Source, limits: Limits) -> RealStudy:
    files = {role: folder / f"{stem}.nii.gz" for stem, role in NAMES.items()}
    volumes = {
        role: read_nifti(path, limits=limits) for role, path in files.items() if path.is_file()
    }
    if source.old_labels:
        for stem, role in (("T1c_subtrMeanDivStd", "t1c"), ("Flair_subtrMeanDivStd", "flair")):
            volumes[role] = read_nifti(folder / f"{stem}.nii.gz", limits=limits)
    reference = read_nifti(folder / source.reference, limits=limits)
    grid = next(iter(volumes.values()))
    labels = np.rint(np.asarray(reference.voxels)).astype(np.uint8)
    if not reference.same_grid(grid, tolerance_mm=0.01):
        named = [sampled(Volume((labels == k).astype(np.float32), reference.affine), grid.shape,
                         grid.affine) for k in range(5)]  # fmt: skip
        labels = np.argmax(named, axis=0).astype(np.uint8)
    if source.old_labels:
        labels = np.where(labels == 3, 1, labels)
    labels = np.where(labels == 4, 3, labels).astype(np.uint8)
    own = folder / "brainmask.nii.gz"
    if own.is_file():
        brain = np.asarray(read_nifti(own, limits=limits).voxels) > 0.5
    else:
        brain = np.any([np.asarray(v.voxels) != 0 for v in volumes.values()], axis=0)
    mask = Volume(brain.astype(np.uint8), grid.affine)
    return RealStudy(folder.name, source.by, volumes, mask, labels)
