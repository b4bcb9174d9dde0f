"""Glioblastoma: infiltrates the brain, necrotic inside an uneven enhancing rim, with edema."""

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from neuroscope.phantom.anatomy.person import Brain
from neuroscope.phantom.fields import Field, Grid
from neuroscope.phantom.lesions.glioma import (
    cerebral_site,
    glioma_volumes,
    infiltration,
    labels_by_order,
    order_of_shape,
    satellites_in,
)
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Bounds, Lesion
from neuroscope.phantom.lesions.recipe import Recipe, Remark
from neuroscope.phantom.lesions.room import in_brain
from neuroscope.phantom.lesions.sizes import Table, even_ranks, tied
from neuroscope.phantom.lesions.tumor import ENHANCING, Labels, Tumor, dose_mm, paint_edema, soft
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

# Milliliters and shares in 260 high-grade masks of BraTS 2020, and their rank correlations. The
# medians are 2 % above those of the masks, so that that of both together is right.
CORE_ML = Table((1, 3.2, 13.5, 31.0, 53.7, 100, 120))
EDEMA_ML = Table((5, 10.1, 28.9, 51.0, 78.5, 127, 150))
ENHANCING_SHARE = Table((0.15, 0.335, 0.55, 0.675, 0.82, 0.955, 0.995))
EDEMA_WITH_CORE, SHARE_WITH_CORE = 0.38, -0.30

P_SATELLITES, P_CYST, P_HEMORRHAGE = 0.15, 0.12, 0.22
P_SECOND_SATELLITE = 0.25


draw_volumes = glioma_volumes(CORE_ML, EDEMA_ML, EDEMA_WITH_CORE)


def draw_details(rng: np.random.Generator) -> Mapping[str, float]:
    """Draw the enhancing part of the core, satellites, cyst and hemorrhage."""
    core, _, share = even_ranks(rng, 3)
    chance = rng.random(6)
    several = 2 if chance[1] < P_SECOND_SATELLITE else 1
    return {
        "enhancing": ENHANCING_SHARE.at(tied(core, share, SHARE_WITH_CORE)),
        "satellites": float(several if chance[0] < P_SATELLITES else 0),
        "satellite_share": 0.03 + 0.09 * float(chance[2]),
        "satellite_place": float(chance[3]),
        "cystic": float(chance[4] < P_CYST),
        "hemorrhagic": float(chance[5] < P_HEMORRHAGE),
    }


def _labels(lesion: Lesion, core: Mask, grid: Grid, lump: Field, grain: Field) -> Labels:
    """Leave an uneven rim of the drawn volume around necrosis, with islands in the rim."""
    order = order_of_shape(lesion, grid)
    if order is None:
        inside = np.asarray(ndimage.distance_transform_edt(core, sampling=grid.spacing), np.float32)
        islands = np.clip(0.3 * grain + lump - (1.5 + lesion.character["wide"]), 0, 1) * 8
        order = np.minimum(inside, 12) * np.exp(-0.45 * lump) + islands * (inside > 1.5)
    return labels_by_order(lesion, core, np.asarray(order, np.float32))


def _paint(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    paint_edema(scene, tumor, brain)
    box, character = tumor.box, tumor.lesion.character
    core, rim = tumor.labels % 2 == 1, tumor.labels == ENHANCING
    depth = ndimage.distance_transform_edt(core, sampling=tumor.grid.spacing)
    inner = core & ~rim
    paint(scene.canvas, "nonenhancing", soft(core, tumor), box=box)
    dead = soft(inner & (depth > 2.0), tumor, 1.0) * np.clip(0.85 + 0.2 * tumor.lump, 0.3, 1)
    fluid = "cyst" if character["cystic"] else "necrosis"
    paint(scene.canvas, fluid, dead.astype(np.float32), box=box)
    if character["hemorrhagic"]:
        bled = core & (depth > 1.5) & (0.6 * tumor.grain - 0.5 * tumor.lump > 0.75)
        paint(scene.canvas, "blood", soft(bled, tumor, 0.8) * np.float32(0.85), box=box)
    dose = dose_mm(tumor, 0.16, 0.26, lump=0.35, grain=0.3, between=(0.3, 2.0))
    blood = 0.35 if character["hemorrhagic"] else 0.0
    part = soft(rim, tumor, 0.5) * np.clip(1 - blood * np.maximum(tumor.grain, 0), 0.4, 1)
    paint(scene.canvas, "enhancing", part.astype(np.float32), gadolinium_mm=dose, box=box)


def _remarks(lesion: Lesion, labels: Labels, grid: Grid) -> Mapping[str, Remark]:
    return {
        "satellites": satellites_in(labels % 2 == 1, grid.voxel_ml),
        "cystic": bool(lesion.character["cystic"]),
        "hemorrhagic": bool(lesion.character["hemorrhagic"]),
    }


GLIOBLASTOMA = Recipe(
    bounds=Bounds(0.5, 120, 150),
    volumes=draw_volumes,
    details=draw_details,
    site=cerebral_site,
    pushed_part=lambda chance: 0.2 + 0.5 * chance,
    core_time=infiltration,
    may_hold=in_brain,
    core_labels=_labels,
    paint=_paint,
    remarks=_remarks,
    takes_shape=True,
)
