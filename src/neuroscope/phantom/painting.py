"""Paint what was laid: the head, the brain over it, its vessels, and the lesions."""

from collections.abc import Mapping, Sequence

import numpy as np

from neuroscope.phantom.anatomy.head import paint_head
from neuroscope.phantom.anatomy.person import Brain
from neuroscope.phantom.anatomy.vessels import paint_vessels
from neuroscope.phantom.fields import SLAB_VOXELS, Field
from neuroscope.phantom.lesions.tumor import Tumor
from neuroscope.phantom.scanner.contrast import brightness
from neuroscope.phantom.scene import Scene
from neuroscope.phantom.tally import paint_and_count


def paint_all(
    scene: Scene, brain: Brain, tumors: Sequence[Tumor], *, head: bool
) -> tuple[Mapping[str, float], ...]:
    """Paint a head, or what lies inside its skull.

    Returns
    -------
    tuple of mappings
        For each lesion, how many milliliters of cyst, calcium and blood were painted.
    """
    if head:
        paint_head(scene)
    _lay_brain(scene, brain)
    paint_vessels(scene, brain)
    return paint_and_count(scene, tumors, brain)


def _lay_brain(scene: Scene, brain: Brain) -> None:
    """Lay the brain over the head, with deep gray nuclei, texture and moving fluid in FLAIR."""
    canvas = scene.canvas
    pulsation = _pulsation(scene)
    thick = max(1, SLAB_VOXELS // brain.gray[0].size)
    for start in range(0, len(brain.gray), thick):  # slabs stay in the processor's cache
        slab = slice(start, start + thick)
        gray, white_part, fluid_part = brain.gray[slab], brain.white[slab], brain.fluid[slab]
        matter = gray + white_part
        if not (matter + fluid_part).any():
            continue
        beside = 1 - matter - fluid_part
        nuclei = brain.residual[slab] * matter
        texture = 1 + np.float32(0.02) * scene.fine[slab] + np.float32(0.01) * scene.medium[slab]
        for name, image in canvas.images.items():
            white = brightness(canvas, "white", name)
            tissue = white_part * white + gray * brightness(canvas, "gray", name)
            tissue += nuclei * (white * np.float32(canvas.contrasts[name].nuclei))
            fluid = fluid_part * brightness(canvas, "fluid", name)
            if canvas.contrasts[name].pulsation:
                fluid += fluid_part * white * pulsation[slab]
            part = image[slab]
            part *= beside
            part += np.maximum(tissue, 0) * texture + fluid


def _pulsation(scene: Scene) -> Field:
    """Let moving fluid shine a little: in the basal cisterns and the third ventricle."""
    low = np.clip((-10 - scene.place.template_mm[2]) / 30, 0, 0.6)
    return np.asarray(np.clip(0.08 * scene.broad + 0.35 * low, 0, 0.5), np.float32)
