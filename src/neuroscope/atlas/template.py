"""The average brain ICBM 152 (2009a, symmetric), as nilearn ships it, in MNI millimeters.

The files are found inside the installed package `nilearn` without importing it (its import takes
seconds). Their notice stands in the file NOTICE of this project.

References
----------
Fonov et al. 2011, Unbiased average age-appropriate atlases for pediatric studies,
NeuroImage 54:313, doi:10.1016/j.neuroimage.2010.07.033.
"""

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Literal

import nibabel as nib
import numpy as np
from scipy import ndimage

from neuroscope.errors import MissingExtraError
from neuroscope.records.geometry import checked_affine
from neuroscope.records.volume import Volume

Kind = Literal["t1", "gm", "wm"]

FILE_NAME = "mni_icbm152_{kind}_tal_nlin_sym_09a_converted.nii.gz"
ORIGIN_MM = np.array([-98.0, -134.0, -72.0], np.float32)  # of the first voxel; 1 mm, axes R A S
CLOSING_VOXELS = 3  # at 2 mm: sulci and fissures belong to the brain


def load_template(kind: Kind) -> Volume:
    """Read the T1 image (without skull) or the fraction of gray or white matter, 0..1, at 1 mm.

    Raises
    ------
    MissingExtraError
        If nilearn or its files are not installed.
    """
    package = importlib.util.find_spec("nilearn")
    if package is None or package.origin is None:
        raise MissingExtraError(
            "This needs the template that the package nilearn carries.",
            fix="Run: pip install nilearn",
        )
    path = Path(package.origin).parent / "datasets" / "data" / FILE_NAME.format(kind=kind)
    if not path.exists():
        raise MissingExtraError(
            f"The installed nilearn does not carry {path.name}.",
            fix="Run: pip install --force-reinstall nilearn",
        )
    image = nib.Nifti1Image.from_filename(path)
    affine = np.eye(4)
    affine[:3, 3] = ORIGIN_MM
    voxels = np.asarray(image.dataobj, np.float32) / np.float32(255)
    return Volume(voxels, checked_affine(affine))


@lru_cache(maxsize=3)
def halved(kind: Kind) -> Volume:
    """Give a template image at 2 mm; read once per process."""
    whole = load_template(kind)
    i, j, k = (n // 2 for n in whole.shape)
    voxels = whole.voxels[: 2 * i, : 2 * j, : 2 * k].reshape(i, 2, j, 2, k, 2).mean((1, 3, 5))
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = ORIGIN_MM + 0.5
    return Volume(voxels.astype(np.float32), checked_affine(affine))


@lru_cache(maxsize=1)
def brain_mask() -> Volume:
    """Give what lies inside the skull of the template, as booleans at 2 mm."""
    t1, gray, white = (halved(kind) for kind in ("t1", "gm", "wm"))
    tissue = np.maximum(gray.voxels + white.voxels, t1.voxels) > 0.1
    ball = ndimage.iterate_structure(ndimage.generate_binary_structure(3, 1), CLOSING_VOXELS)
    closed = ndimage.binary_fill_holes(ndimage.binary_closing(tissue, ball))
    return Volume(np.asarray(closed), t1.affine)
