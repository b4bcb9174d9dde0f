"""A grown lesion on the grid of the images: its labels, and its look in every sequence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.phantom.fields import Box, Field, Grid, blur, on_grid, resample
from neuroscope.phantom.growth import NEVER, Mask, earliest
from neuroscope.phantom.lesion import Lesion, may_hold, may_swell
from neuroscope.phantom.person import Brain, Place
from neuroscope.phantom.scene import Scene
from neuroscope.phantom.signal import paint

NONENHANCING, EDEMA, ENHANCING = 1, 2, 3  # BraTS 2023
Labels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Tumor:
    """Labels in a box of the image grid, with what painting needs."""

    lesion: Lesion
    box: Box
    grid: Grid  # of the box
    labels: Labels
    edema_time: Field
    lump: Field
    grain: Field

    def on(self, shape: tuple[int, int, int]) -> Labels:
        """Return the labels on the whole grid."""
        whole = np.zeros(shape, np.uint8)
        whole[self.box] = self.labels
        return whole


def settle(lesion: Lesion, place: Place, brain: Brain) -> Tumor:
    """Choose the voxels of each label so that core and edema have the wanted volumes.

    Raises
    ------
    BadInputError
        If the volumes do not fit where the lesion began.
    """
    low = lesion.grid.origin
    high = [o + s * n for o, s, n in zip(low, lesion.grid.spacing, lesion.grid.shape, strict=True)]
    box = place.grid.box_around(low, high)
    grid = place.grid.crop(box)
    near = Place(grid, place.template_mm[(slice(None), *box)], place.depth_mm[box])
    tissue = Brain(brain.gray[box], brain.white[box], brain.fluid[box], brain.residual[box])
    lump, grain = on_grid(lesion.lump, grid), on_grid(lesion.grain, grid)
    core_time = resample(lesion.core_time, lesion.grid, grid, outside=NEVER)
    ml = grid.voxel_ml
    allowed = may_hold(lesion.kind, near, tissue)
    core = earliest(core_time, allowed, round(lesion.core_ml / ml), voxel_ml=ml, what="core")
    labels = np.where(core, np.uint8(ENHANCING), np.uint8(0))
    edema_time = resample(lesion.edema_time, lesion.grid, grid, outside=NEVER)
    room = may_swell(near, tissue) & ~core
    edema = earliest(edema_time, room, round(lesion.edema_ml / ml), voxel_ml=ml, what="edema")
    labels[edema] = EDEMA
    if lesion.kind == "glioma":
        labels[_without_enhancement(lesion, core, grid, lump, grain)] = NONENHANCING
    return Tumor(lesion, box, grid, labels, edema_time, lump, grain)


def thicken(tumor_labels: Labels, planes: int, wanted: tuple[int, int]) -> Labels:
    """Carry labels to slices that are `planes` planes thick, keeping the volumes.

    Parameters
    ----------
    wanted
        Voxels of the core and of the edema on the thick grid.
    """
    i, j, k = tumor_labels.shape
    blocks = tumor_labels.reshape(i, j, k // planes, planes)
    cover = {
        label: (blocks == label).mean(3, dtype=np.float32)
        for label in (NONENHANCING, EDEMA, ENHANCING)
    }
    in_core = cover[NONENHANCING] + cover[ENHANCING]
    thick = np.zeros(in_core.shape, np.uint8)
    core = _most_covered(in_core, in_core > 0, wanted[0])
    edema = _most_covered(cover[EDEMA], (cover[EDEMA] > 0) & ~core, wanted[1])
    thick[edema] = EDEMA
    rim = cover[ENHANCING] >= cover[NONENHANCING]
    thick[core & rim], thick[core & ~rim] = ENHANCING, NONENHANCING
    return thick


def paint_tumor(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    """Paint the lesion over the healthy head."""
    if tumor.lesion.edema_ml > 0:
        _paint_edema(scene, tumor, brain)
    if tumor.lesion.kind == "glioma":
        _paint_glioma(scene, tumor)
    elif tumor.lesion.kind == "meningioma":
        _paint_meningioma(scene, tumor)
    else:
        _paint_pituitary(scene, tumor)


def _most_covered(cover: Field, allowed: Mask, count: int) -> Mask:
    count = min(count, int(allowed.sum()))
    return earliest(-cover, allowed, count, voxel_ml=1.0, what="lesion")


def _without_enhancement(lesion: Lesion, core: Mask, grid: Grid, lump: Field, grain: Field) -> Mask:
    """Mark necrosis inside an uneven rim, and islands in the rim."""
    inside = ndimage.distance_transform_edt(core, sampling=grid.spacing)
    rim = np.clip((0.18 + 0.27 * lesion.character["rim"]) * float(inside.max()), 1.8, 7)
    necrosis = inside > rim * np.exp(0.45 * lump)
    islands = (0.3 * grain + lump > 1.5 + lesion.character["wide"]) & (inside > 1.5)
    return np.asarray(core & (necrosis | islands))


def _soft(mask: Mask, tumor: Tumor, sigma_mm: float = 0.55) -> Field:
    least = 0.6 * max(tumor.grid.spacing[:2])
    return blur(mask.astype(np.float32), max(sigma_mm, least), tumor.grid.spacing)


def _paint_edema(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    """Swell white matter more than cortex, less toward the border."""
    edema = tumor.labels == EDEMA
    whole = _soft(edema | (tumor.labels > 0), tumor, 1.2)
    last = float(tumor.edema_time[edema].max()) if edema.any() else 1.0
    fresh = np.clip(1.05 - 0.45 * (tumor.edema_time / max(last, 1e-3)) ** 2, 0.4, 1)
    tissue = np.clip(1.05 * brain.white[tumor.box] + 0.5 * brain.gray[tumor.box] + 0.12, 0, 1)
    mottled = np.clip(1 + 0.12 * tumor.lump + 0.06 * tumor.grain, 0.4, 1.1)
    coverage = np.clip(whole * fresh * tissue * mottled, 0, 1)
    paint(scene.canvas, "edema", coverage.astype(np.float32), box=tumor.box)


def _paint_glioma(scene: Scene, tumor: Tumor) -> None:
    core, rim = tumor.labels % 2 == 1, tumor.labels == ENHANCING
    depth = ndimage.distance_transform_edt(core, sampling=tumor.grid.spacing)
    inner = core & ~rim
    paint(scene.canvas, "nonenhancing", _soft(core, tumor), box=tumor.box)
    dead = _soft(inner & (depth > 2.0), tumor, 1.0) * np.clip(0.85 + 0.2 * tumor.lump, 0.3, 1)
    paint(scene.canvas, "necrosis", dead.astype(np.float32), box=tumor.box)
    dose = (0.16 + 0.26 * tumor.lesion.character["dose"]) * np.clip(
        1 + 0.35 * tumor.lump + 0.3 * tumor.grain, 0.3, 2.0
    )
    paint(
        scene.canvas,
        "enhancing",
        _soft(rim, tumor, 0.5),
        gadolinium_mm=dose.astype(np.float32),
        box=tumor.box,
    )


def _paint_meningioma(scene: Scene, tumor: Tumor) -> None:
    lesion, box = tumor.lesion, tumor.box
    core = tumor.labels == ENHANCING
    outside = ndimage.distance_transform_edt(~core, sampling=tumor.grid.spacing)
    depth = scene.place.depth_mm[box]
    cleft = _soft((outside > 0) & (outside < 1.6) & (depth > 0.5), tumor)
    patchy = np.clip(0.5 + 0.4 * tumor.lump, 0, 0.8)
    paint(scene.canvas, "fluid", (cleft * patchy).astype(np.float32), box=box)
    reach = 5 + 9 * lesion.character["tail"]
    fade = np.clip(1 - outside / reach, 0, 1)
    tail = np.clip(1 - np.abs(depth + 0.8) / (0.8 + scene.edge_mm), 0, 1) * fade
    paint(scene.canvas, "dura", tail.astype(np.float32), gadolinium_mm=0.5, box=box)
    dose = (0.2 + 0.22 * lesion.character["dose"]) * np.clip(
        1 + 0.07 * tumor.lump + 0.05 * tumor.grain, 0.7, 1.3
    )
    paint(
        scene.canvas,
        "meningioma",
        _soft(core, tumor),
        gadolinium_mm=dose.astype(np.float32),
        box=box,
    )


def _paint_pituitary(scene: Scene, tumor: Tumor) -> None:
    lesion = tumor.lesion
    core = tumor.labels == ENHANCING
    dose = (0.14 + 0.2 * lesion.character["dose"]) * np.clip(
        1 + 0.15 * tumor.lump + 0.12 * tumor.grain, 0.35, 1.5
    )
    paint(
        scene.canvas,
        "pituitary",
        _soft(core, tumor),
        gadolinium_mm=dose.astype(np.float32),
        box=tumor.box,
    )
    if lesion.character["cyst"] < 0.3 and lesion.core_ml > 3:
        inside = ndimage.distance_transform_edt(core, sampling=tumor.grid.spacing)
        cyst = _soft(core & (inside > 2.5) & (tumor.lump > 0.7), tumor, 0.8) * np.float32(0.8)
        paint(scene.canvas, "necrosis", cyst, box=tumor.box)
