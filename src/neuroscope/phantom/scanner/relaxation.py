"""Relaxation times of tissues, and how they go with the field of the scanner.

Times are for about 3 T; their sources stand in docs/explanation/phantom.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from neuroscope.phantom.fields import Number

T1_EXPONENT, T2_EXPONENT = 0.35, -0.12  # how T1 and T2 go with the field


@dataclass(frozen=True, slots=True)
class Relaxation:
    """T1 and T2 in milliseconds, proton density relative to water."""

    t1_ms: Number
    t2_ms: Number
    density: Number


TISSUES: Mapping[str, Relaxation] = MappingProxyType(
    {
        "white": Relaxation(850, 72, 0.71),
        "gray": Relaxation(1400, 95, 0.81),
        "fluid": Relaxation(4200, 1900, 1.0),
        "edema": Relaxation(1400, 185, 0.84),
        "enhancing": Relaxation(1300, 110, 0.84),
        "nonenhancing": Relaxation(1650, 160, 0.88),
        "necrosis": Relaxation(3000, 340, 0.95),
        "meningioma": Relaxation(1350, 95, 0.82),
        "pituitary": Relaxation(1450, 110, 0.85),
        "blood vessel": Relaxation(1900, 120, 0.75),
        "dura": Relaxation(1000, 45, 0.55),
        "bone": Relaxation(500, 20, 0.10),
        "marrow": Relaxation(420, 60, 0.50),
        "fat": Relaxation(340, 65, 0.95),
        "skin": Relaxation(1000, 45, 0.70),
        "muscle": Relaxation(1250, 40, 0.75),
        "mucosa": Relaxation(1500, 90, 0.85),
        "vitreous": Relaxation(4000, 1200, 1.0),
        "air": Relaxation(1000, 20, 0.0),
    }
)

LATER_TISSUES: Mapping[str, Relaxation] = MappingProxyType(
    {
        "schwannoma": Relaxation(1600, 150, 0.87),
        "medulloblastoma": Relaxation(1450, 100, 0.83),
        "ependymoma": Relaxation(1550, 135, 0.86),
        "cyst": Relaxation(3300, 800, 0.98),
        "pus": Relaxation(2150, 210, 0.90),
        "capsule": Relaxation(1150, 62, 0.80),
        "infarct": Relaxation(1500, 165, 0.84),
        "plaque": Relaxation(1450, 155, 0.83),
        "wmh": Relaxation(1200, 140, 0.78),
        "calcification": Relaxation(900, 22, 0.25),
        "mismatch": Relaxation(3000, 400, 0.93),  # of T2 and FLAIR: FLAIR nulls its water
        "blood": Relaxation(550, 60, 0.80),
    }
)  # each draws from a stream of its own, so that a new one changes no picture of the others

LESION_TISSUES = frozenset(
    {"edema", "enhancing", "nonenhancing", "necrosis", "meningioma", "pituitary"}
    | (LATER_TISSUES.keys() - {"capsule", "calcification"})
)


def at_field(relaxation: Mapping[str, Relaxation], field_t: Number) -> Mapping[str, Relaxation]:
    """Carry relaxation times from 3 T to another field.

    T1 of tissue goes with the field to the power 0.35 (Bottomley 1984, doi:10.1118/1.595535), that
    of free water hardly changes; T2 is a little longer in a weaker field.
    """
    ratio = float(field_t) / 3.0
    if ratio == 1.0:
        return relaxation
    return {name: _carried(tissue, ratio) for name, tissue in relaxation.items()}


def _carried(tissue: Relaxation, ratio: float) -> Relaxation:
    bound = min(max((3500 - tissue.t1_ms) / 2000, 0.0), 1.0)  # 0 for free water
    return Relaxation(
        tissue.t1_ms * ratio ** (T1_EXPONENT * bound),
        tissue.t2_ms * ratio ** (T2_EXPONENT * bound),
        tissue.density,
    )
