"""A grown lesion on the grid of the images: its labels, and its look in every sequence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.phantom.anatomy.person import Brain
from neuroscope.phantom.fields import Box, Field, Grid, Number, blur
from neuroscope.phantom.lesions.growth import Mask
from neuroscope.phantom.lesions.lesion import Lesion
from neuroscope.phantom.scanner.contrast import paint
from neuroscope.phantom.scene import Scene

NONENHANCING, EDEMA, ENHANCING = 1, 2, 3  # BraTS 2023
CAVITY = 4  # BraTS 2024, post-treatment
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


def with_gaps(core: Mask, gaps: Mask) -> Labels:
    """Label a core as enhancing but for its gaps: cysts, necrosis, parts that take up nothing."""
    return np.where(core, np.where(gaps, NONENHANCING, ENHANCING), 0).astype(np.uint8)


def dose_mm(
    tumor: Tumor,
    least: Number,
    span: Number,
    *,
    lump: Number,
    grain: Number,
    between: tuple[Number, Number],
) -> Field:
    """Give the contrast agent in mM: `least` to `least + span` by the tumor, uneven in it.

    Parameters
    ----------
    lump, grain
        How much each texture adds, relative to the tumor's own level.
    between
        Least and most of that relative dose.
    """
    uneven = np.clip(1 + lump * tumor.lump + grain * tumor.grain, *between)
    return np.asarray((least + span * tumor.lesion.character["dose"]) * uneven, np.float32)


def soft(mask: Mask, tumor: Tumor, sigma_mm: float = 0.55) -> Field:
    """Blur a mask of the tumor's box by a little, at least by a part of a voxel."""
    least = 0.6 * max(tumor.grid.spacing[:2])
    return blur(mask.astype(np.float32), max(sigma_mm, least), tumor.grid.spacing)


def paint_cleft(scene: Scene, tumor: Tumor, *, strength: float) -> None:
    """Lay fluid between a tumor outside the brain and the brain, here more and there less."""
    outside = ndimage.distance_transform_edt(tumor.labels % 2 == 0, sampling=tumor.grid.spacing)
    width = np.clip(1.1 + 0.6 * tumor.lump, 0.4, 2.2)
    near = np.exp(-((outside / width) ** 2)) * (scene.place.depth_mm[tumor.box] > 0.5)
    patchy = np.clip(0.55 + 0.5 * tumor.lump + 0.2 * tumor.grain, 0, 1) * np.float32(strength)
    coverage = blur((near * patchy).astype(np.float32), 0.6, tumor.grid.spacing)
    paint(scene.canvas, "fluid", coverage, box=tumor.box)


def paint_edema(scene: Scene, tumor: Tumor, brain: Brain) -> None:
    """Swell white matter more than cortex, less toward the border; nothing without edema."""
    if tumor.lesion.edema_ml <= 0:
        return
    edema = tumor.labels == EDEMA
    whole = soft(edema | (tumor.labels > 0), tumor, 1.2)
    last = float(tumor.edema_time[edema].max()) if edema.any() else 1.0
    fresh = np.clip(1.05 - 0.45 * (tumor.edema_time / max(last, 1e-3)) ** 2, 0.4, 1)
    tissue = np.clip(1.05 * brain.white[tumor.box] + 0.5 * brain.gray[tumor.box] + 0.12, 0, 1)
    mottled = np.clip(1 + 0.12 * tumor.lump + 0.06 * tumor.grain, 0.4, 1.1)
    coverage = np.clip(whole * fresh * tissue * mottled, 0, 1)
    paint(scene.canvas, "edema", coverage.astype(np.float32), box=tumor.box)
