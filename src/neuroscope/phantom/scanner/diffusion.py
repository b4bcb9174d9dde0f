"""Diffusion: how far water moves in each tissue, the b 1000 image and the ADC map.

Diffusion is taken as equal in all directions. Values are of the order that reviews give at 3 T;
lesions by judgment (docs/explanation/phantom.md).
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from neuroscope.phantom.fields import Field, Number, blur
from neuroscope.phantom.scanner.contrast import Contrast
from neuroscope.phantom.scanner.relaxation import Relaxation
from neuroscope.phantom.scanner.signal import NUCLEI, Protocol, signal, with_reading
from neuroscope.phantom.scanner.slices import Slices, cut

B_VALUE = 1000.0  # s/mm^2
EPI_BLUR_MM = 1.1  # echo-planar images are coarse
MOST_ADC = 4095
SCATTER = 0.04  # of the values, between persons

DIFFUSIVITY: Mapping[str, float] = MappingProxyType(  # 1e-6 mm^2/s
    {
        "white": 720.0,
        "gray": 820.0,
        "fluid": 3000.0,
        "edema": 1350.0,
        "enhancing": 1050.0,
        "nonenhancing": 1250.0,
        "necrosis": 2100.0,
        "meningioma": 850.0,
        "pituitary": 900.0,
        "blood vessel": 1800.0,
        "dura": 500.0,
        "bone": 300.0,
        "marrow": 300.0,
        "fat": 100.0,
        "skin": 800.0,
        "muscle": 1300.0,
        "mucosa": 1500.0,
        "vitreous": 2900.0,
        "air": 0.0,
        "schwannoma": 1350.0,
        "medulloblastoma": 620.0,
        "ependymoma": 1000.0,
        "cyst": 2700.0,
        "pus": 600.0,
        "capsule": 950.0,
        "infarct": 430.0,
        "plaque": 1150.0,
        "wmh": 1050.0,
        "calcification": 400.0,
        "blood": 650.0,
        "mismatch": 1750.0,
    }
)
FIXED = frozenset({"air", "fluid"})


def draw_diffusivity(rng: np.random.Generator) -> Mapping[str, float]:
    """Vary the table for one person."""
    drawn = {}
    for name, mean in DIFFUSIVITY.items():
        factor = float(np.exp(SCATTER * np.clip(rng.normal(), -2, 2)))
        drawn[name] = mean if name in FIXED else mean * factor
    return MappingProxyType(drawn)


def draw_diffusion_protocol(rng: np.random.Generator) -> Protocol:
    """Draw how the b 1000 image is run."""
    drawn = Protocol("diffusion", rng.uniform(4500, 8000), rng.uniform(65, 95), b_value=B_VALUE)
    return with_reading(drawn, rng, "dwi")


def dwi_contrast(
    relaxation: Mapping[str, Relaxation], protocol: Protocol, diffusivity: Mapping[str, float]
) -> Contrast:
    """Show the b 1000 image: a spin echo, weakened where water moves."""

    def look(tissue: str, dose_mm: float) -> float:
        weakened = np.exp(-protocol.b_value * diffusivity[tissue] * 1e-6)
        return float(signal(relaxation[tissue], protocol, dose_mm) * weakened)

    return Contrast(look, nuclei=NUCLEI["dwi"], level=look("white", 0.0))


def adc_contrast(diffusivity: Mapping[str, float]) -> Contrast:
    """Show the apparent diffusion coefficient in 1e-6 mm^2/s."""
    return Contrast(lambda tissue, _dose_mm: diffusivity[tissue])


def acquire_adc(
    image: Field, slices: Slices, rng: np.random.Generator, *, noisier: Number = 1.0
) -> Field:
    """Blur, cut and add noise; where nothing moves (air), the map is 0 as scanners mask it.

    Parameters
    ----------
    noisier
        Factor on the noise, by voxel, field and reading (`noise.py`).

    Returns
    -------
    Field
        Whole 1e-6 mm^2/s, 0..4095, in the shape of the slices.
    """
    seen = cut(blur(image, EPI_BLUR_MM, slices.grid.spacing), slices)
    deviation: Number = rng.uniform(20, 50) * noisier
    noise = rng.standard_normal(seen.shape, dtype=np.float32) * np.float32(deviation)
    noisy = np.clip(np.rint(seen + noise), 0, MOST_ADC)
    return np.asarray(np.where(seen > 30, noisy, 0), np.float32)
