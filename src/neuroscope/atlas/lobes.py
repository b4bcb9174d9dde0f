"""Lobes and sides in MNI millimeters, drawn by us: we may ship it under the project's license.

Planes and boxes after textbooks and published coordinates of the central, Sylvian and
parieto-occipital sulci; borders are right to about a centimeter. How well it agrees with published
atlases stands in `docs/explanation/preparing.md`. Enough to say which lobe holds most of a tumor;
not enough to plan a path.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuroscope.atlas.template import ORIGIN_MM
from neuroscope.records.geometry import checked_affine
from neuroscope.records.segmentation import Segmentation, Tissue

Side = Literal["left", "right", "midline"]
AUTHOR = "neuroscope lobe atlas 1"
STEP_MM = 2.0
SHAPE = (98, 116, 94)


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the brain, and on which side it lies."""

    lobe: str
    side: Side


PAIRED = (
    ("frontal lobe", "F"),
    ("parietal lobe", "P"),
    ("temporal lobe", "T"),
    ("occipital lobe", "O"),
    ("insula", "I"),
    ("deep gray matter", "DG"),
    ("cerebellum", "CB"),
    ("cerebellopontine angle", "CPA"),
)
UNPAIRED = (("brainstem", "BS"), ("sella", "SE"))


def _regions() -> dict[int, Region]:
    found: dict[int, Region] = {}
    for number, (name, _) in enumerate(PAIRED):
        found[2 * number + 1] = Region(name, "left")
        found[2 * number + 2] = Region(name, "right")
    for name, _ in UNPAIRED:
        found[len(found) + 1] = Region(name, "midline")
    return found


REGIONS: Mapping[int, Region] = MappingProxyType(_regions())
LABELS: Mapping[Region, int] = MappingProxyType({region: n for n, region in REGIONS.items()})


def region_of(mni_mm: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Say in which region positions `(3, ...)` in MNI mm lie, as a label of `REGIONS`.

    Every position gets one, also outside the brain, so that a tumor on the surface is not lost.
    """
    x, y, z = np.abs(mni_mm[0]), mni_mm[1], mni_mm[2]
    central = np.clip(-10 - 0.3 * (z - 20), -24, -4) - 0.25 * np.maximum(25 - x, 0)
    sylvian = np.minimum(-8 - 0.65 * y, 20)
    tentorium = 2 - 0.45 * x - 0.22 * (-40 - y)
    lobe = np.full(x.shape, _index("frontal lobe"), np.uint8)
    lobe[y < central] = _index("parietal lobe")
    lobe[y < -57 - 0.55 * np.maximum(z - 5, 0)] = _index("occipital lobe")
    lateral = x > np.where(y > 8, 24, np.where(z < -8, 15, 20))
    lobe[lateral & (y > np.where(z < 2, -66, -60)) & (y < 24) & (z < sylvian)] = _index(
        "temporal lobe"
    )
    lobe[(x > 30) & (x < 44) & (y > -26) & (y < 27) & (z > -14) & (z < 18)] = _index("insula")
    lobe[(x < 30) & (y > -34) & (y < 24) & (z > -8) & (z < 23)] = _index("deep gray matter")
    lobe[(x < 60) & (y < -36) & (z < tentorium)] = _index("cerebellum")
    beside_pons = (x > 14) & (x < 30) & (y > -42) & (y < -22) & (z < -20) & (z > -50)
    lobe[beside_pons] = _index("cerebellopontine angle")
    label = np.where(mni_mm[0] < 0, 2 * lobe + 1, 2 * lobe + 2).astype(np.uint8)
    brainstem = (x < 17) & (y > -42) & (y < -8) & (z < -8)
    sella = (x < 18) & (y > -8) & (y < 20) & (z < -20)
    label[brainstem] = LABELS[Region("brainstem", "midline")]
    label[sella] = LABELS[Region("sella", "midline")]
    return label


@lru_cache(maxsize=1)
def lobe_atlas() -> Segmentation:
    """Draw the atlas on the grid of the template at 2 mm."""
    axes = [ORIGIN_MM[a] + 0.5 + STEP_MM * np.arange(SHAPE[a]) for a in range(3)]
    labels = region_of(np.stack(np.meshgrid(*axes, indexing="ij")))
    affine = np.diag([STEP_MM, STEP_MM, STEP_MM, 1.0])
    affine[:3, 3] = ORIGIN_MM + 0.5
    return Segmentation(labels, checked_affine(affine), _tissues(), AUTHOR)


def _tissues() -> dict[int, Tissue]:
    codes = dict((*PAIRED, *UNPAIRED))
    sides: dict[Side, str] = {"left": "-L", "right": "-R", "midline": ""}
    return {
        label: Tissue(
            region.lobe if region.side == "midline" else f"{region.side} {region.lobe}",
            codes[region.lobe] + sides[region.side],
        )
        for label, region in REGIONS.items()
    }


def _index(name: str) -> int:
    return [lobe for lobe, _ in PAIRED].index(name)
