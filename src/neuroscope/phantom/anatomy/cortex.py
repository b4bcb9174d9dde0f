"""One person's cortex: sulci of their own instead of the blurred ones of the average.

A sulcus is a sheet where a smooth random field is zero. The field is asked at the point of the
brain's surface above a voxel, so that the sheets stand upright; they end at a depth that varies.
What lies within half a sulcus of a sheet is fluid, then comes gray of the cortex's thickness, then
white. Cerebellum and brainstem keep the average's folds.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from neuroscope.phantom.fields import Field, Grid, Noise, Number, draw_noise, on_grid, sample

MIDDLE_MM = np.array([0.0, -18.0, 6.0], np.float32)  # sheets point here, template
SHAPE, STEP_MM, START_MM = (80, 96, 78), 2.5, (-98.75, -136.25, -96.25)  # of the map of sheets
FLATTEST = 0.2  # least slope of the field, in parts of the usual: where it is flat lies no lake
UPRIGHT = 0.8  # 1 would make sulci straight
DEPTH_MM, DEPTH_SPREAD_MM = 11.0, 2.5
DEEPEST_MM = 12.5  # fluid that lies deeper is taken for a ventricle
FADE_MM = 3.0
STEEP = 2.4  # of the tissues' logits, per mm
LARGEST_LOGIT = 5.0
TAMED = 0.7  # by which the average has less to say where there are sheets
YOUNG_GAP_MM, OLD_GAP_MM = 0.4, 1.1  # half the width of a sulcus
YOUNG_CORTEX_MM, OLD_CORTEX_MM = 3.4, 2.8
YOUNG_RIM_MM, OLD_RIM_MM = -0.6, 1.0  # of fluid between gyri and the brain's envelope
SYLVIAN_MM = np.array([42.0, -4.0, 2.0], np.float32)  # right; the left is its mirror image
SYLVIAN_REACH_MM = np.array([9.0, 20.0, 8.0], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Cortex:
    """A person's own sulci: where they lie, how deep, and how much of the average they replace."""

    sulci: Noise
    depths: Noise
    width_mm: float
    strength: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Leaning:
    """By how much voxels lean to fluid and to white against gray, and how far this counts."""

    weight: Field
    fluid: Field
    white: Field


def draw_cortex(rng: np.random.Generator) -> Cortex:
    """Draw where the sulci lie."""
    width = float(rng.uniform(9.0, 11.0))
    return Cortex(draw_noise(rng, width), draw_noise(rng, 35), width)


def leaning(
    cortex: Cortex, template_mm: Field, depth_mm: Field, *, atrophy: float, voxel_mm: Number
) -> Leaning:
    """Say how voxels lean by where they lie between sulci.

    Parameters
    ----------
    template_mm, depth_mm
        Positions `(3, n)` in the template and depths `(n,)` in the brain's envelope.
    atrophy
        0 as in a young adult .. 1 as in an old one: wider sulci, thinner cortex.
    voxel_mm
        Spacing of the grid: a sheet thinner than a voxel is spread over it.
    """
    gray_mm = _aged(YOUNG_CORTEX_MM, OLD_CORTEX_MM, atrophy)
    shallow = depth_mm < DEEPEST_MM + 0.6 * gray_mm + FADE_MM + 0.1  # below nothing leans
    near = _leaning(
        cortex, template_mm[:, shallow], depth_mm[shallow], atrophy=atrophy, voxel_mm=voxel_mm
    )
    return Leaning(*(_spread(field, shallow) for field in (near.weight, near.fluid, near.white)))


def _leaning(
    cortex: Cortex, template_mm: Field, depth_mm: Field, *, atrophy: float, voxel_mm: Number
) -> Leaning:
    away_mm, depths = sheets(cortex)
    uneven = np.float32(DEPTH_SPREAD_MM) * sample(depths, _index(template_mm))
    bottom = np.minimum(np.float32(DEPTH_MM) + uneven, np.float32(DEEPEST_MM))
    outward = template_mm - MIDDLE_MM[:, None]
    radius = np.sqrt((outward**2).sum(0)) + np.float32(1)
    above = template_mm + outward * (np.float32(UPRIGHT) * np.maximum(depth_mm, 0) / radius)
    sheet_mm = np.abs(sample(away_mm, _index(above)))
    below = np.maximum(depth_mm - bottom, 0)
    rim = _aged(YOUNG_RIM_MM, OLD_RIM_MM, atrophy)
    away = np.minimum(np.hypot(sheet_mm, below), depth_mm - np.float32(rim))
    gap = _aged(YOUNG_GAP_MM, OLD_GAP_MM, atrophy)
    gray_mm = _aged(YOUNG_CORTEX_MM, OLD_CORTEX_MM, atrophy)
    steep = np.float32(STEEP / max(1.0, 0.7 * voxel_mm))
    fluid = np.clip(steep * (gap - away), -LARGEST_LOGIT, LARGEST_LOGIT)
    white = np.clip(steep * (away - gap - gray_mm), -LARGEST_LOGIT, LARGEST_LOGIT)
    weight = np.clip(1 - (below - 0.6 * gray_mm) / FADE_MM, 0, 1) * _cerebral(template_mm)
    return Leaning(
        np.asarray(cortex.strength * weight, np.float32),
        np.asarray(fluid, np.float32),
        np.asarray(white, np.float32),
    )


@lru_cache(maxsize=2)
def sheets(cortex: Cortex) -> tuple[Field, Field]:
    """Map signed distances from the sheets, in mm, and how deep they go, over the template."""
    grid = Grid(SHAPE, (STEP_MM,) * 3, START_MM)
    field = on_grid(cortex.sulci, grid)
    slope = np.array(np.gradient(field, np.float32(STEP_MM)))
    outward = grid.points_mm() - MIDDLE_MM.reshape(3, 1, 1, 1)
    outward /= np.sqrt((outward**2).sum(0)) + np.float32(1)
    slope -= (slope * outward).sum(0) * outward  # sheets stand upright: only along the surface
    steep = np.sqrt((slope**2).sum(0))
    usual = np.float32(np.sqrt(2) * 2.355 / cortex.width_mm)
    distance = field / np.maximum(steep, np.float32(FLATTEST) * usual)
    return np.asarray(distance, np.float32), on_grid(cortex.depths, grid)


def _index(template_mm: Field) -> Field:
    start = np.array(START_MM, np.float32)[:, None]
    return np.asarray((template_mm - start) / np.float32(STEP_MM), np.float32)


def _spread(field: Field, where: NDArray[np.bool_]) -> Field:
    whole = np.zeros(where.shape, np.float32)
    whole[where] = field
    return whole


def near_sylvian(template_mm: Field) -> Field:
    """Say how near to the Sylvian fissures positions `(3, n)` lie: 1 in them, 0 far away."""
    folded = np.stack([np.abs(template_mm[0]), template_mm[1], template_mm[2]])
    offset = (folded - SYLVIAN_MM[:, None]) / SYLVIAN_REACH_MM[:, None]
    return np.asarray(np.exp(-0.5 * (offset**2).sum(0)), np.float32)


def _aged(young: float, old: float, atrophy: float) -> float:
    return young + (old - young) * atrophy


def _cerebral(template_mm: Field) -> Field:
    """Leave out what lies under the tentorium, softly, and the brainstem."""
    x, y, z = np.abs(template_mm[0]), template_mm[1], template_mm[2]
    tentorium = 2 - 0.38 * x - 0.22 * (-40 - y)
    behind = np.clip((-34 - y) / 6, 0, 1) * np.clip((tentorium - z) / 3 + 0.5, 0, 1)
    central = (
        np.clip((24 - x) / 5, 0, 1) * np.clip((-16 - z) / 6, 0, 1) * np.clip((4 - y) / 8, 0, 1)
    )
    return np.asarray(1 - np.maximum(behind, central), np.float32)
