"""A contrast: what one sequence shows of each tissue, and of contrast agent in it.

Painting knows nothing of sequences. Whatever turns the name of a tissue and a dose into a
brightness is a contrast: the signal equations of an MR sequence (`signal.py`), Hounsfield units
(`ct.py`), diffusion (`diffusion.py`), or random numbers to train with (`random_look.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.phantom.fields import SLAB_VOXELS, Box, Field, Number

DOSES_MM = np.array([0.0, 0.1, 0.25, 0.5, 0.9, 1.6])  # where a map of doses is looked up
EVERYWHERE: Box = (slice(None), slice(None), slice(None))


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """What one sequence shows.

    Attributes
    ----------
    look
        Brightness of a tissue that holds a dose of contrast agent in millimole per liter. In
        parts of the full magnetization of water, in Hounsfield units, or in 1e-6 mm^2/s.
    enhances
        Whether the dose counts: the sequence is run after the injection.
    nuclei
        What the deep gray nuclei add, in parts of the brightness of white matter.
    pulsation
        Whether moving fluid shines, as in FLAIR.
    level
        The brightness that the receiver turns into a usual gray value: that of white matter.
    """

    look: Callable[[str, float], float]
    enhances: bool = False
    nuclei: Number = 0.0
    pulsation: bool = False
    level: Number = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """Images being painted, and their contrasts, by sequence."""

    images: Mapping[str, Field]
    contrasts: Mapping[str, Contrast]


def blank_canvas(contrasts: Mapping[str, Contrast], shape: tuple[int, int, int]) -> Canvas:
    """Begin with air everywhere."""
    images = {
        name: np.full(shape, contrast.look("air", 0.0), np.float32)
        for name, contrast in contrasts.items()
    }
    return Canvas(images, contrasts)


def brightness(
    canvas: Canvas, tissue: str, sequence: str, gadolinium_mm: float | Field = 0.0
) -> NDArray[np.float32]:
    """Compute how bright a tissue is in a sequence, for one dose or for a map of doses."""
    contrast = canvas.contrasts[sequence]
    if isinstance(gadolinium_mm, float) or not contrast.enhances:
        dose = gadolinium_mm if isinstance(gadolinium_mm, float) and contrast.enhances else 0.0
        return np.array(contrast.look(tissue, dose), np.float32)
    table = [contrast.look(tissue, float(dose)) for dose in DOSES_MM]
    return np.interp(gadolinium_mm, DOSES_MM, table).astype(np.float32)


def paint(
    canvas: Canvas,
    tissue: str,
    coverage: Field,
    *,
    gadolinium_mm: float | Field = 0.0,
    box: Box = EVERYWHERE,
) -> None:
    """Lay a tissue over what is already there.

    Voxels that hold several tissues so get the mean of their signals, as in a scanner.

    Parameters
    ----------
    coverage
        The part of each voxel in the box that the tissue takes, 0..1.
    gadolinium_mm
        One value, or one per voxel of the box.
    """
    if not coverage.size:
        return
    parts = [image[box] for image in canvas.images.values()]
    thick = max(1, SLAB_VOXELS // max(1, coverage[0].size))
    looks = [brightness(canvas, tissue, name, gadolinium_mm) for name in canvas.images]
    for start in range(0, len(coverage), thick):
        slab = slice(start, start + thick)
        cover = coverage[slab]
        if not cover.any():
            continue
        for part, look in zip(parts, looks, strict=True):
            bright = look[slab] if look.ndim else look
            part[slab] += cover * (bright - part[slab])
