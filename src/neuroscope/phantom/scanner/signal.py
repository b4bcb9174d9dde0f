"""MR contrasts: relaxation times, gadolinium, and the signal equation of a sequence.

Relaxation times are for about 3 T; their sources stand in docs/explanation/phantom.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from neuroscope.phantom.fields import Number
from neuroscope.phantom.scanner.contrast import Contrast
from neuroscope.phantom.streams import side_stream

R1_PER_MM_S = 4.5  # longitudinal relaxivity of a gadolinium chelate, 1 / (mM s)
R2_PER_MM_S = 5.5
T1_EXPONENT, T2_EXPONENT = 0.35, -0.12  # how T1 and T2 go with the field
OFF_NULL_MS = 100.0  # by which the inversion time of FLAIR may miss
NUCLEI: Mapping[str, float] = MappingProxyType(
    {"t1": 1.1, "t1c": 1.0, "t2": -0.5, "flair": -0.25, "dwi": -0.3}
)


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
        "mismatch": Relaxation(2800, 330, 0.93),  # of T2 and FLAIR: FLAIR nulls its water
        "blood": Relaxation(550, 60, 0.80),
    }
)  # each draws from a stream of its own, so that a new one changes no picture of the others

LESION_TISSUES = frozenset(
    {"edema", "enhancing", "nonenhancing", "necrosis", "meningioma", "pituitary"}
    | (LATER_TISSUES.keys() - {"capsule", "calcification"})
)


@dataclass(frozen=True, slots=True)
class Protocol:
    """How one sequence is run; times in milliseconds."""

    kind: Literal["spin echo", "mprage", "inversion", "diffusion"]
    tr_ms: Number
    te_ms: Number
    ti_ms: Number = 0.0
    gadolinium: bool = False
    b_value: Number = 0.0  # s/mm^2


ORDER_MARGIN = (
    1.02  # by which scatter must leave gray above white in FLAIR, white above tumor in T1
)
FLAIR_CORNERS = tuple(
    Protocol("inversion", tr_ms, te_ms, ti_ms)
    for tr_ms, te_ms, ti_ms in ((8000, 95, 2250), (8000, 95, 2550), (10500, 95, 2250))
)
T1_CORNERS = tuple(
    Protocol("spin echo", tr_ms, te_ms) for tr_ms, te_ms in ((450, 9), (450, 15), (700, 15))
)


def draw_protocols(rng: np.random.Generator, sequences: tuple[str, ...]) -> Mapping[str, Protocol]:
    """Draw how every sequence is run. Always draws all, so that a choice changes no other."""
    u = rng.uniform
    se = [Protocol("spin echo", u(450, 700), u(9, 15), gadolinium=g) for g in (False, True)]
    mp = [Protocol("mprage", u(1900, 2400), 3.0, u(880, 1050), g) for g in (False, True)]
    volumetric = rng.random(2) < (0.4, 0.4)
    drawn = {
        "t1": mp[0] if volumetric[0] else se[0],
        "t1c": mp[1] if volumetric[1] else se[1],
        "t2": Protocol("spin echo", u(3500, 6500), u(80, 110)),
        "flair": _nulling(Protocol("inversion", u(8000, 10500), u(95, 135), u(2250, 2550))),
    }
    return {sequence: drawn[sequence] for sequence in sequences}


def _nulling(flair: Protocol) -> Protocol:
    """Bring the inversion time near to that which nulls fluid, as whoever runs it would."""
    t1_ms = float(TISSUES["fluid"].t1_ms)
    null_ms = t1_ms * (np.log(2) - np.log1p(np.exp(-float(flair.tr_ms) / t1_ms)))
    ti_ms = float(np.clip(flair.ti_ms, null_ms - OFF_NULL_MS, null_ms + OFF_NULL_MS))
    return replace(flair, ti_ms=ti_ms)


def draw_relaxation(rng: np.random.Generator) -> Mapping[str, Relaxation]:
    """Vary the table for one person; lesions vary more, and none gets shorter than healthy T1."""
    drawn = {name: _varied(name, mean, rng) for name, mean in TISSUES.items()}
    for name, mean in LATER_TISSUES.items():
        drawn[name] = _varied(name, mean, side_stream(rng, name))
    drawn["gray"] = _brighter(drawn["gray"], drawn["white"], FLAIR_CORNERS)
    drawn["enhancing"] = _darker(drawn["enhancing"], drawn["white"], T1_CORNERS)
    return drawn


def _brighter(this: Relaxation, other: Relaxation, runs: tuple[Protocol, ...]) -> Relaxation:
    """Lengthen T2 until a tissue outshines another in every run."""
    while any(signal(this, run) < ORDER_MARGIN * signal(other, run) for run in runs):
        this = Relaxation(this.t1_ms, this.t2_ms * 1.01, this.density)
    return this


def _darker(this: Relaxation, other: Relaxation, runs: tuple[Protocol, ...]) -> Relaxation:
    """Lengthen T1 until a tissue is darker than another in every run."""
    while any(ORDER_MARGIN * signal(this, run) > signal(other, run) for run in runs):
        this = Relaxation(this.t1_ms * 1.01, this.t2_ms, this.density)
    return this


def _varied(name: str, mean: Relaxation, rng: np.random.Generator) -> Relaxation:
    t1, t2, density = np.exp(rng.normal(0, (0.05, 0.06, 0.01)))
    if name in LESION_TISSUES:
        t1, t2 = max(1.0, t1**1.8), t2**1.5
    return Relaxation(mean.t1_ms * t1, mean.t2_ms * t2, mean.density * density)


def at_field(relaxation: Mapping[str, Relaxation], field_t: Number) -> Mapping[str, Relaxation]:
    """Carry relaxation times from 3 T to another field.

    T1 of tissue goes with the field to the power 0.35 (Bottomley 1984, doi:10.1118/1.595535), that
    of free water hardly changes; T2 is a little longer in a weaker field.
    """
    ratio = float(field_t) / 3.0
    if ratio == 1.0:
        return relaxation
    carried = {}
    for name, tissue in relaxation.items():
        bound = float(np.clip((3500 - tissue.t1_ms) / 2000, 0, 1))  # 0 for free water
        t1_ms = tissue.t1_ms * ratio ** (T1_EXPONENT * bound)
        carried[name] = Relaxation(
            t1_ms, tissue.t2_ms * ratio ** (T2_EXPONENT * bound), tissue.density
        )
    return carried


def signal(tissue: Relaxation, protocol: Protocol, gadolinium_mm: Number = 0.0) -> float:
    """Compute the magnitude that a sequence measures of a tissue.

    Parameters
    ----------
    tissue, protocol
        What is measured and how.
    gadolinium_mm
        Concentration of contrast agent in millimole per liter; counts only if the protocol
        is run after its injection.

    Returns
    -------
    float
        Relative to the full magnetization of water.

    Notes
    -----
    Spin echo and inversion recovery as in Bernstein et al. 2004, Handbook of MRI Pulse Sequences.
    MPRAGE is taken as a mixture of inversion recovery and saturation recovery.
    """
    dose = gadolinium_mm if protocol.gadolinium else 0.0
    t1 = 1 / (1 / tissue.t1_ms + R1_PER_MM_S * dose / 1000)
    t2 = 1 / (1 / tissue.t2_ms + R2_PER_MM_S * dose / 1000)
    saturated = np.exp(-protocol.tr_ms / t1)
    if protocol.kind in ("spin echo", "diffusion"):
        magnetization = 1 - saturated
    elif protocol.kind == "inversion":
        magnetization = abs(1 - 2 * np.exp(-protocol.ti_ms / t1) + saturated)
    else:
        inverted = abs(1 - 2 * np.exp(-protocol.ti_ms / t1) / (1 + saturated))
        magnetization = 0.4 * inverted + 0.6 * (1 - np.exp(-700 / t1))
        t2 = 0.6 * t2
    return float(tissue.density * magnetization * np.exp(-protocol.te_ms / t2))


def mr_contrast(
    relaxation: Mapping[str, Relaxation],
    protocol: Protocol,
    *,
    nuclei: Number = 0.0,
    pulsation: bool = False,
) -> Contrast:
    """Show tissues by their relaxation times."""

    def look(tissue: str, gadolinium_mm: float) -> float:
        return signal(relaxation[tissue], protocol, gadolinium_mm)

    level = look("white", 0.0)
    return Contrast(look, protocol.gadolinium, nuclei=nuclei, pulsation=pulsation, level=level)
