"""What a resection leaves: a cavity of fluid, first lined with blood, later with a thin line.

The label is 4, as in BraTS 2024 post-treatment (RC). The line that enhances around an old cavity is
reactive and is not labeled as tumor.
"""

import numpy as np
from scipy import ndimage

from neuroscope.phantom.anatomy.person import Brain, Person
from neuroscope.phantom.fields import Field
from neuroscope.phantom.lesions.lesion import Bounds, Lesion, Side
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site, wholly
from neuroscope.phantom.lesions.room import anywhere
from neuroscope.phantom.lesions.tumor import CAVITY as CAVITY_LABEL
from neuroscope.phantom.lesions.tumor import Tumor, soft
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

BLOOD_DAYS = 21  # methemoglobin lines a cavity for some weeks
LINE_DAYS = 20  # reactive enhancement comes in this time
LINE_MM = 1.4
LINE_DOSE_MM = 0.16


def age_days(lesion: Lesion) -> float:
    """Days since the surgery that left this cavity."""
    return lesion.character["age_days"]


def _paint(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    inside = tumor.labels == CAVITY_LABEL
    outside_mm = ndimage.distance_transform_edt(~inside, sampling=tumor.grid.spacing)
    lined = (outside_mm > 0) & (outside_mm < LINE_MM) & (brain.fluid[tumor.box] < 0.7)
    shell = soft(lined, tumor)
    age = age_days(tumor.lesion)
    patchy = np.clip(0.75 + 0.35 * tumor.lump, 0.2, 1)
    bloody = shell * patchy * np.float32(0.85 * np.exp(-age / BLOOD_DAYS))
    thin = shell * patchy * np.float32(0.7 * (1 - np.exp(-age / LINE_DAYS)))
    paint(scene.canvas, "fluid", soft(inside, tumor), box=tumor.box)
    paint(scene.canvas, "blood", bloody.astype(np.float32), box=tumor.box)
    paint(
        scene.canvas,
        "enhancing",
        thin.astype(np.float32),
        gadolinium_mm=LINE_DOSE_MM,
        box=tumor.box,
    )


def _never_drawn(_person: Person, _side: Side, _mm: float, _rng: np.random.Generator) -> Site:
    raise AssertionError("a cavity is what a surgeon leaves; it has no site of its own")


def _held_by_the_tumor(lesion: Lesion, _front: Front) -> Field:
    return lesion.core_time


CAVITY = Recipe(
    bounds=Bounds(0, 150, 0),
    volumes=lambda _rng: (0.0, 0.0),
    site=_never_drawn,
    pushed_part=lambda _chance: 0.0,
    core_time=_held_by_the_tumor,
    may_hold=anywhere,
    core_labels=wholly(CAVITY_LABEL),
    paint=_paint,
)
