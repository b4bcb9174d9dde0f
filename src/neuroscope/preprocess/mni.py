"""Find the place of a head in MNI space, and lay template and atlas over it."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from neuroscope.atlas.template import brain_mask, halved
from neuroscope.preprocess.foreground import Mask, foreground
from neuroscope.preprocess.register import Side, make_side, register_affine, similarity_of
from neuroscope.preprocess.resample import resample
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.transform import Transform
from neuroscope.records.volume import Volume

COMPARED_MM = 4.0
SHAVED_MM = 14.0  # scalp, skull and the fluid below
LEAST_DEEP = 1000  # voxels that must be left
ENDS = 5  # voxels
BRAIN_RIM_MM = 2.0  # that the template's mask is widened by: it cuts cortex off


def find_mni(volume: Volume, *, stripped: bool) -> tuple[Transform, float]:
    """Find the affine map from a head to MNI mm.

    Parameters
    ----------
    stripped
        Whether all but the brain was removed. Otherwise what lies near the surface of the head is
        left out, and the rest stands for the brain.

    Returns
    -------
    tuple
        The map, and how like a brain the head is: mutual information with the template inside its
        brain, in nats.

    Notes
    -----
    Accuracy stands in `docs/explanation/preparing.md`.
    """
    side = make_side(volume, spacing_mm=COMPARED_MM)
    template = template_side()
    found = register_affine(side if stripped else shaved(side), template)
    inside = Side(template.gray, template.head, template.head)
    return found.to_fixed, similarity_of(side, inside, found.to_fixed)


def template_brain(volume: Volume, to_mni: Transform) -> Mask:
    """Lay the template's mask over a head, widened by 2 mm: where no network finds the brain."""
    mask = brain_mask()
    there = resample(
        Volume(mask.voxels.astype(np.float32), mask.affine), volume, to_like=to_mni.inverse()
    )
    inside = there.voxels >= 0.5
    reach = [round(BRAIN_RIM_MM / s) for s in volume.spacing_mm]
    for axis, steps in enumerate(reach):
        inside = ndimage.maximum_filter1d(inside, 2 * steps + 1, axis)
    return np.asarray(inside & foreground(volume))


def atlas_on(grid: Volume, atlas: Segmentation, to_mni: Transform) -> Segmentation:
    """Lay an atlas of MNI space over a head, on the given grid."""
    there = resample(
        Volume(atlas.labels, atlas.affine),
        grid,
        to_like=to_mni.inverse(),
        interpolation="nearest",
    )
    return Segmentation(there.voxels, there.affine, atlas.tissues, atlas.author)


def shaved(side: Side) -> Side:
    """Take off scalp and skull, roughly: all that lies less than 14 mm below the surface."""
    wide = np.pad(side.head, ENDS, mode="edge")  # what the image cuts off goes on beyond it
    depth = ndimage.distance_transform_edt(wide, sampling=side.gray.spacing_mm)
    inside = np.asarray(depth[ENDS:-ENDS, ENDS:-ENDS, ENDS:-ENDS] > SHAVED_MM)
    if inside.sum() < LEAST_DEEP:
        return side
    low, high = (float(value) for value in np.percentile(side.gray.voxels[inside], (1, 99)))
    gray = np.where(inside, np.clip(side.gray.voxels, low, high), low).astype(np.float32)
    return Side(Volume(gray, side.gray.affine), inside, inside)


@lru_cache(maxsize=1)
def template_side() -> Side:
    """Give the template ready to be compared."""
    return make_side(halved("t1"), spacing_mm=COMPARED_MM)
