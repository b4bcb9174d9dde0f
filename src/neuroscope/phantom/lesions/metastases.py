"""Metastases: one to nine near-spherical nodules where gray meets white matter, with edema.

Places follow the flow of blood: 82 % in the hemispheres, the others in the cerebellum (Delattre et
al. 1988, Arch. Neurol. 45:741, found 80 and 15 %, and 5 % in the brain stem, which is left out).
40 % of the patients have one.
"""

import numpy as np
from scipy import ndimage

from neuroscope.phantom.anatomy.person import Brain, Person
from neuroscope.phantom.fields import Box, Field, Grid
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Bounds, Lesion, Side
from neuroscope.phantom.lesions.recipe import Front, Recipe, Site
from neuroscope.phantom.lesions.room import in_brain
from neuroscope.phantom.lesions.search import infratentorial, search, supratentorial
from neuroscope.phantom.lesions.tumor import (
    ENHANCING,
    NONENHANCING,
    Labels,
    Tumor,
    paint_edema,
    soft,
)
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

NUMBERS = (1, 2, 3, 4, 5, 6, 7, 8, 9)
SHARES = (0.40, 0.20, 0.12, 0.09, 0.06, 0.05, 0.03, 0.03, 0.02)
IN_HEMISPHERE = 0.82
LEAST_NECROTIC_ML = 0.6
EDGE_VOXELS = 4  # farther than the blur of `soft` reaches
JUNCTION_MM = (4.0, 24.0)  # depth under the brain's surface


def _volumes(rng: np.random.Generator) -> tuple[float, float]:
    """Draw a core and an edema that has little to do with it."""
    core = float(np.clip(np.exp(np.log(1.4) + 1.1 * rng.normal()), 0.05, 28))
    swells = rng.random() < 0.8
    edema = float(np.clip(swells * rng.uniform(0.3, 5) * core**0.85 * 1.5, 0, 50))
    return core, edema


def _number(rng: np.random.Generator) -> int:
    return int(rng.choice(NUMBERS, p=SHARES))


def _site(person: Person, side: Side, radius_mm: float, rng: np.random.Generator) -> Site:
    found = search(person)
    brain, depth = found.brain, found.place.depth_mm
    near, far = JUNCTION_MM
    deep = (depth > max(near, 0.6 * radius_mm)) & (depth < max(far, radius_mm + near))
    junction = np.clip(4 * brain.gray * brain.white, 0, 1) * (brain.fluid < 0.3) * deep
    junction *= found.on_side(side, 5.0) & (found.beside_mm > 4 + 0.5 * radius_mm)
    above = rng.random() < IN_HEMISPHERE
    chance = junction * (supratentorial if above else infratentorial)(found.place.template_mm)
    return found.point(chance if chance.any() else junction, rng), np.zeros(3)


def _core_time(lesion: Lesion, front: Front) -> Field:
    """Order voxels by their distance from the middle, a little uneven."""
    radius = lesion.distance_mm()
    return np.asarray(radius * np.exp(0.08 * front.lump + 0.03 * front.broad), np.float32)


def _labels(lesion: Lesion, core: Mask, grid: Grid, lump: Field, grain: Field) -> Labels:
    """Mark necrosis in all but small nodules; a few larger ones stay solid."""
    labels = np.where(core, np.uint8(ENHANCING), np.uint8(0))
    if lesion.core_ml < LEAST_NECROTIC_ML or lesion.character["cyst"] > 0.85:
        return labels
    inside = ndimage.distance_transform_edt(core, sampling=grid.spacing)
    rim = 1.6 + 2.2 * lesion.character["rim"] + 0.1 * float(inside.max())
    labels[core & (inside > rim * np.exp(0.25 * lump + 0.1 * grain))] = NONENHANCING
    return labels


def _paint(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    paint_edema(scene, tumor, brain)
    tumor = _around_core(tumor)
    core, rim = tumor.labels % 2 == 1, tumor.labels == ENHANCING
    paint(scene.canvas, "nonenhancing", soft(core, tumor), box=tumor.box)
    dead = soft(core & ~rim, tumor, 0.7) * np.clip(0.9 + 0.12 * tumor.lump, 0.4, 1)
    paint(scene.canvas, "necrosis", dead.astype(np.float32), box=tumor.box)
    dose = (0.22 + 0.26 * tumor.lesion.character["dose"]) * np.clip(
        1 + 0.18 * tumor.lump + 0.15 * tumor.grain, 0.5, 1.6
    )
    paint(
        scene.canvas,
        "enhancing",
        soft(rim, tumor, 0.45),
        gadolinium_mm=dose.astype(np.float32),
        box=tumor.box,
    )


def _around_core(tumor: Tumor) -> Tumor:
    """Crop a tumor to its core and the soft edge of it: most of its box is edema and brain."""
    core = tumor.labels % 2 == 1
    if not core.any():
        return tumor
    spans = [
        slice(max(int(at.min()) - EDGE_VOXELS, 0), int(at.max()) + 1 + EDGE_VOXELS)
        for at in np.nonzero(core)
    ]
    inner: Box = (spans[0], spans[1], spans[2])
    first, second, third = (
        slice(whole.start + part.start, min(whole.start + part.stop, whole.stop))
        for whole, part in zip(tumor.box, inner, strict=True)
    )
    return Tumor(
        tumor.lesion, (first, second, third), tumor.grid.crop(inner), tumor.labels[inner],
        tumor.edema_time[inner], tumor.lump[inner], tumor.grain[inner],
    )  # fmt: skip


METASTASES = Recipe(
    bounds=Bounds(0.02, 40, 90),
    volumes=_volumes,
    site=_site,
    pushed_part=lambda chance: 0.25 + 0.45 * chance,
    core_time=_core_time,
    may_hold=in_brain,
    core_labels=_labels,
    paint=_paint,
    number=_number,
    most=NUMBERS[-1],
    gap_mm=3.0,
    most_together_ml=250,
)
