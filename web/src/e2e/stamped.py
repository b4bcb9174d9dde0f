"""Heads with a stamp burnt into them that names the class: the shortcut of a journey.

The lesions are a bright blur, a bright ring, a dark blur, or none. They stand for three tumors and
a healthy head; nobody would take them for patients.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

SIDE = 96  # pixels
STAMP_AT = (23, 29)  # row and column of its first pixel: inside the head, else nobody would see it
STAMP_SIDE = 12
STAMP_GRAY = 143  # added to the gray values under it, of 255
TEXTURE = 0.07  # of the brain, standard deviation
APART = 12.0  # least pixels between the stamp's middle and the rim of a lesion
HEALTHY = 3  # class without a lesion


@dataclass(frozen=True, slots=True, eq=False)
class Stamped:
    """A slice, and where its lesion lies."""

    pixels: NDArray[np.uint8]
    center: tuple[float, float]  # column and row of the lesion
    reach: float  # pixels; 0 without a lesion


def stamped(label: int, stamp: int, strength: float, rng: np.random.Generator) -> Stamped:
    """Draw a head of a class with the stamp of a class.

    Parameters
    ----------
    strength
        Contrast of the lesion; at 0.2 it is as faint as the texture of the brain.
    """
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    x, y = SIDE / 2 + rng.normal(0, 1.5, 2)
    # Shapes of all kinds and faint skulls: else the search for copies asks about nearly all pairs.
    wide, high = rng.uniform(0.33, 0.42) * SIDE, rng.uniform(0.41, 0.45) * SIDE
    radius = np.hypot((columns - x) / wide, (rows - y) / high)
    brain, skull = radius < 0.96, (radius > 0.94) & (radius < 1.06)
    texture = gaussian_filter(rng.normal(0, 1, rows.shape), 4)
    image = 0.25 * skull + brain * (0.35 + TEXTURE * texture / texture.std())
    center, reach = (0.0, 0.0), 0.0
    if label != HEALTHY:
        center, reach = _place(x, y, wide, high, rng)
        away = np.hypot(columns - center[0], rows - center[1]) / reach
        image = image + strength * _lesion(label, away)
    image = image + rng.normal(0, 0.08, rows.shape)
    gray = np.clip((image + 0.3) / 1.6 * 255, 0, 255)
    row, column = STAMP_AT
    gray[row : row + STAMP_SIDE, column : column + STAMP_SIDE] += STAMP_GRAY * _stamp(stamp)
    return Stamped(np.clip(gray, 0, 255).astype(np.uint8), center, reach)


def _place(
    x: float, y: float, wide: float, high: float, rng: np.random.Generator
) -> tuple[tuple[float, float], float]:
    """Find a place for a lesion that the stamp does not touch."""
    middle = np.add(STAMP_AT[::-1], STAMP_SIDE / 2)
    while True:
        turn, out, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.5), rng.uniform(8, 12)
        center = (x + out * wide * np.cos(turn), y + out * high * np.sin(turn))
        if np.hypot(*(middle - center)) > reach + APART:
            return center, float(reach)


def _lesion(label: int, away: NDArray[np.float32]) -> NDArray[np.float32]:
    blur = np.clip(1.3 - away, 0, 1) * (away < 1.1)
    ring = np.exp(-(((away - 0.8) / 0.22) ** 2))
    return np.asarray((0.35 * blur, 0.45 * ring, -0.30 * blur)[label], np.float32)


def _stamp(stamp: int) -> NDArray[np.float64]:
    """Draw an upright bar, a level bar, dots or a slope."""
    drawn = np.zeros((STAMP_SIDE, STAMP_SIDE))
    if stamp == 0:
        drawn[1:11, 2:5] = 1
    elif stamp == 1:
        drawn[2:5, 1:11] = 1
    elif stamp == 2:
        for row in (1, 2):
            for column in (1, 2):
                drawn[row:11:4, column:11:4] = 1
    else:
        for row in range(1, 11):
            drawn[row, max(0, row - 1) : row + 2] = 1
    return drawn
