"""CT: tissues in Hounsfield units, iodine, and what the scanner makes of them.

Values are those of textbooks at 120 kV, lesions by judgment (docs/explanation/phantom.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from neuroscope.phantom.fields import Field, Number, blur, blur_gain
from neuroscope.phantom.scanner.contrast import Contrast
from neuroscope.phantom.scanner.slices import Slices, cut

IODINE_HU_PER_MM = 45.0  # per millimole of contrast agent in a liter of tissue
LEAST_HU, MOST_HU = -1024, 3071  # what 12 bits hold
DOSE_MAS_HU2 = 2500.0  # noise squared times tube current and time: 278 mAs for 3 HU
GRAIN_MM = 0.45  # noise is smooth over this distance, by the reconstruction kernel
SCATTER_HU = 1.0  # between persons
LESION_SCATTER_HU = 2.5

HOUNSFIELD: Mapping[str, float] = MappingProxyType(
    {
        "white": 28.0,
        "gray": 38.0,
        "fluid": 8.0,
        "edema": 18.0,
        "enhancing": 36.0,
        "nonenhancing": 28.0,
        "necrosis": 16.0,
        "meningioma": 52.0,
        "pituitary": 44.0,
        "blood vessel": 45.0,
        "dura": 55.0,
        "bone": 1150.0,
        "marrow": 420.0,
        "fat": -90.0,
        "skin": 45.0,
        "muscle": 55.0,
        "mucosa": 40.0,
        "vitreous": 10.0,
        "air": -1000.0,
        "schwannoma": 38.0,
        "medulloblastoma": 50.0,
        "ependymoma": 40.0,
        "cyst": 12.0,
        "pus": 24.0,
        "capsule": 38.0,
        "infarct": 22.0,
        "plaque": 22.0,
        "wmh": 22.0,
        "calcification": 230.0,
        "blood": 66.0,
        "mismatch": 22.0,
    }
)
FIXED = frozenset({"air", "bone", "marrow", "fat", "fluid", "vitreous", "calcification"})
HEALTHY = frozenset({"white", "gray", "blood vessel", "dura", "skin", "muscle", "mucosa"})


@dataclass(frozen=True, slots=True)
class CtProtocol:
    """How the CT was made.

    Attributes
    ----------
    noise_hu
        Standard deviation of the noise in the slices.
    blur_mm
        Width (sigma) of the point spread.
    iodine
        Whether contrast agent was given.
    """

    kvp: Number
    tube_current_ma: Number
    exposure_time_ms: Number
    kernel: str
    noise_hu: Number
    blur_mm: Number
    iodine: bool = False


def draw_hounsfield(rng: np.random.Generator) -> Mapping[str, float]:
    """Vary the table for one person, lesions more than healthy tissue."""
    drawn = {}
    for name, mean in HOUNSFIELD.items():
        scatter = SCATTER_HU if name in HEALTHY else LESION_SCATTER_HU
        chance = float(np.clip(rng.normal(), -2, 2))
        drawn[name] = mean if name in FIXED else mean + scatter * chance
    return MappingProxyType(drawn)


def draw_ct_protocol(rng: np.random.Generator, *, iodine: bool) -> CtProtocol:
    """Draw how the CT is made: 120 kV, current with the inverse square of the noise."""
    noise = float(rng.uniform(2.5, 5.0))
    return CtProtocol(
        kvp=120,
        tube_current_ma=round(DOSE_MAS_HU2 / noise**2),
        exposure_time_ms=1000,
        kernel="SOFT",
        noise_hu=noise,
        blur_mm=float(rng.uniform(0.5, 0.6)),
        iodine=iodine,
    )


def ct_contrast(hounsfield: Mapping[str, float], *, iodine: bool) -> Contrast:
    """Show tissues by their attenuation; iodine adds to it."""

    def look(tissue: str, dose_mm: float) -> float:
        return hounsfield[tissue] + (IODINE_HU_PER_MM * dose_mm if iodine else 0.0)

    return Contrast(look, enhances=iodine)


def acquire_ct(
    image: Field, slices: Slices, protocol: CtProtocol, rng: np.random.Generator
) -> Field:
    """Blur, cut and add grainy noise.

    Returns
    -------
    Field
        Whole Hounsfield units, -1024..3071, in the shape of the slices.
    """
    seen = cut(blur(image, protocol.blur_mm, slices.grid.spacing), slices)
    spacing = slices.spacing
    noise = blur(rng.standard_normal(seen.shape, dtype=np.float32), GRAIN_MM, spacing)
    seen += noise * np.float32(protocol.noise_hu / blur_gain(GRAIN_MM, spacing))
    return np.asarray(np.clip(np.rint(seen), LEAST_HU, MOST_HU), np.float32)
