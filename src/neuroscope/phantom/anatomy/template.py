"""The average brain every phantom starts from (`atlas/template.py`), and how deep a point lies."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage

from neuroscope.atlas.template import ORIGIN_MM, Kind, load_template
from neuroscope.phantom.fields import Field, sample

KINDS: tuple[Kind, Kind, Kind] = ("t1", "gm", "wm")
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
    """Load the template once per process (about one second)."""
    # Neighbors along the last axis, which grids run along fastest, must be neighbors in memory.
    t1, gray, white = (np.ascontiguousarray(load_template(kind).voxels) for kind in KINDS)
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
