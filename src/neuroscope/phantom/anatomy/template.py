"""The average brain every phantom starts from: ICBM 152 (2009a, symmetric), as nilearn ships it.

The files are found inside the installed package `nilearn` without importing it (its import takes
seconds). Their notice stands in the file NOTICE of this project.

References
----------
Fonov et al. 2011, Unbiased average age-appropriate atlases for pediatric studies,
NeuroImage 54:313, doi:10.1016/j.neuroimage.2010.07.033.
"""

import importlib.util
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy import ndimage

from neuroscope.errors import MissingExtraError
from neuroscope.phantom.fields import Field, sample

FILE_NAME = "mni_icbm152_{kind}_tal_nlin_sym_09a_converted.nii.gz"
ORIGIN_MM = np.array([-98.0, -134.0, -72.0], np.float32)  # of the first voxel; 1 mm, axes R A S
PAD_MM = 60  # the distance to the brain is known this far beyond the template
COARSE_MM = 2
CLOSING_MM = 8.0  # fissures narrower than twice this belong to the inside of the skull


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """Tissue fractions at 1 mm and the signed depth in the brain at 2 mm.

    Attributes
    ----------
    gray, white
        Fractions 0..1.
    residual
        What T1 shows beyond these fractions (deep gray nuclei), as a part of white matter's signal.
    depth_mm
        Positive inside the brain envelope; begins `PAD_MM` before `ORIGIN_MM`.
    """

    gray: Field
    white: Field
    residual: Field
    depth_mm: Field


@lru_cache(maxsize=1)
def template() -> Template:
    """Load the template once per process (about one second).

    Raises
    ------
    MissingExtraError
        If nilearn or its files are not installed.
    """
    t1, gray, white = (_load(kind) for kind in ("t1", "gm", "wm"))
    depth = _signed_depth(np.maximum(gray + white, t1 > 0.05))
    inside = (gray + white) > 0.05
    fluid = np.clip(1 - gray - white, 0, 1)
    parts = np.stack([part[inside] for part in (gray, white, fluid)], axis=1)
    weights = np.linalg.lstsq(parts, t1[inside], rcond=None)[0]
    residual = np.zeros_like(t1)
    residual[inside] = (t1[inside] - parts @ weights) / weights[1]
    return Template(gray, white, residual, depth)


def depth_at(template_mm: Field) -> Field:
    """Look up the signed depth in the brain envelope at template positions `(3, ...)`."""
    first = ORIGIN_MM - np.float32(PAD_MM - (COARSE_MM - 1) / 2)
    start = first.reshape(3, *[1] * (template_mm.ndim - 1))
    index = np.asarray((template_mm - start) / np.float32(COARSE_MM), np.float32)
    return sample(template().depth_mm, index, outside=-float(PAD_MM))


def _load(kind: str) -> Field:
    package = importlib.util.find_spec("nilearn")
    if package is None or package.origin is None:
        raise MissingExtraError(
            "The phantom needs the template that the package nilearn carries.",
            fix="Run: pip install nilearn",
        )
    path = Path(package.origin).parent / "datasets" / "data" / FILE_NAME.format(kind=kind)
    if not path.exists():
        raise MissingExtraError(
            f"The installed nilearn does not carry {path.name}.",
            fix="Run: pip install --force-reinstall nilearn",
        )
    image = nib.Nifti1Image.from_filename(path)
    return np.asarray(image.dataobj, np.float32) / np.float32(255)


def _signed_depth(brain: Field) -> Field:
    pad = PAD_MM + (-(np.array(brain.shape) + 2 * PAD_MM)) % COARSE_MM
    wide = np.pad(brain, [(PAD_MM, int(p)) for p in pad])
    n = [size // COARSE_MM for size in wide.shape]
    blocks = wide.reshape(n[0], COARSE_MM, n[1], COARSE_MM, n[2], COARSE_MM).mean((1, 3, 5))
    reach = CLOSING_MM / COARSE_MM
    dilated = ndimage.distance_transform_edt(blocks < 0.3) <= reach
    closed = ndimage.distance_transform_edt(dilated) > reach
    closed = ndimage.binary_fill_holes(closed | (blocks > 0.3))
    inside = ndimage.distance_transform_edt(closed)
    outside = ndimage.distance_transform_edt(~closed)
    signed = np.where(closed, inside - 0.5, 0.5 - outside) * COARSE_MM
    return np.asarray(ndimage.gaussian_filter(signed, 0.8), np.float32)
