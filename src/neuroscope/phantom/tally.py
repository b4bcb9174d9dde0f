"""How much of a lesion was painted as cyst, calcium or blood, whatever was drawn for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from neuroscope.phantom.anatomy.person import Brain
from neuroscope.phantom.lesions.settle import paint_tumors
from neuroscope.phantom.lesions.tumor import Tumor
from neuroscope.phantom.scanner.contrast import Canvas, Contrast
from neuroscope.phantom.scene import Scene

COUNTED = MappingProxyType({"cystic": "cyst", "calcified": "calcification", "hemorrhagic": "blood"})


def painted_ml(
    scene: Scene, tumors: Sequence[Tumor], brain: Brain
) -> tuple[Mapping[str, float], ...]:
    """Measure the volumes of the tissues that remarks speak of, for each lesion.

    Each tissue is a picture of its own in which it alone is bright, painted as the others are. So
    what is painted over does not count, and a voxel that holds a part of it counts in part.

    Returns
    -------
    tuple of mappings
        From `cyst`, `calcification` and `blood` to milliliters.
    """
    shape = scene.grid.shape
    images = {tissue: np.zeros(shape, np.float32) for tissue in COUNTED.values()}
    contrasts = {tissue: _alone(tissue) for tissue in images}
    plain = replace(scene, canvas=Canvas(images, contrasts))
    found = []
    for tumor in tumors:
        before = {tissue: _sum(image[tumor.box]) for tissue, image in images.items()}
        paint_tumors(plain, (tumor,), brain)
        gained = {t: max(_sum(image[tumor.box]) - before[t], 0.0) for t, image in images.items()}
        found.append({t: round(value * scene.grid.voxel_ml, 6) for t, value in gained.items()})
    return tuple(found)


def _alone(tissue: str) -> Contrast:
    return Contrast(look=lambda name, _dose: float(name == tissue))


def _sum(part: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
    return float(part.sum(dtype=np.float64))
