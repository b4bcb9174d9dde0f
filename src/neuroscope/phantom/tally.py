"""How much of a lesion was painted as cyst, calcium or blood, whatever was drawn for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from neuroscope.phantom.anatomy.person import Brain
from neuroscope.phantom.fields import Field
from neuroscope.phantom.lesions.settle import paint_tumors
from neuroscope.phantom.lesions.tumor import Tumor
from neuroscope.phantom.scanner.contrast import Canvas, Contrast
from neuroscope.phantom.scene import Scene

COUNTED = MappingProxyType({"cystic": "cyst", "calcified": "calcification", "hemorrhagic": "blood"})


def paint_and_count(
    scene: Scene, tumors: Sequence[Tumor], brain: Brain
) -> tuple[Mapping[str, float], ...]:
    """Paint the lesions over the healthy head, and measure the tissues that remarks speak of.

    Each tissue is one more picture, in which it alone is bright, painted with the others. So
    what is painted over does not count, and a voxel that holds a part of it counts in part.

    Returns
    -------
    tuple of mappings
        For each lesion, from `cyst`, `calcification` and `blood` to milliliters.
    """
    counts = {tissue: np.zeros(scene.grid.shape, np.float32) for tissue in COUNTED.values()}
    found = []
    for tumor in tumors:
        before = {tissue: _sum(image[tumor.box]) for tissue, image in counts.items()}
        paint_tumors(_with(scene, counts), (tumor,), brain)
        gained = {t: max(_sum(image[tumor.box]) - before[t], 0.0) for t, image in counts.items()}
        found.append({t: round(value * scene.grid.voxel_ml, 6) for t, value in gained.items()})
    return tuple(found)


def _with(scene: Scene, counts: Mapping[str, Field]) -> Scene:
    images = {**scene.canvas.images, **counts}
    contrasts = {**scene.canvas.contrasts, **{tissue: _alone(tissue) for tissue in counts}}
    return replace(scene, canvas=Canvas(images, contrasts))


def _alone(tissue: str) -> Contrast:
    return Contrast(look=lambda name, _dose: float(name == tissue))


def _sum(part: Field) -> float:
    return float(part.sum(dtype=np.float64))
