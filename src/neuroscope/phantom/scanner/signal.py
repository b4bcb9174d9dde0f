"""MR contrasts: how sequences are run, gadolinium, and the signal equation."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from neuroscope.phantom.fields import Number
from neuroscope.phantom.scanner.contrast import Contrast
from neuroscope.phantom.scanner.relaxation import TISSUES, Relaxation
from neuroscope.phantom.streams import side_stream

R1_PER_MM_S = 4.5  # longitudinal relaxivity of a gadolinium chelate, 1 / (mM s)
R2_PER_MM_S = 5.5
OFF_NULL_MS = 100.0  # by which the inversion time of FLAIR may miss
NUCLEI: Mapping[str, float] = MappingProxyType(
    {"t1": 1.1, "t1c": 1.0, "t2": -0.5, "flair": -0.25, "dwi": -0.3}
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How k-space is usually read: the least and most of what is drawn."""

    bandwidth_hz: tuple[Number, Number]
    averages: tuple[int, ...]
    echo_train: tuple[int, int] = (1, 1)


READINGS: Mapping[str, Reading] = MappingProxyType(
    {
        "spin echo": Reading((120, 240), (1, 2)),
        "mprage": Reading((150, 240), (1,)),
        "t2": Reading((150, 300), (1, 2), (9, 19)),
        "flair": Reading((150, 300), (1, 2), (12, 24)),
        "diffusion": Reading((1200, 1800), (3, 4, 6), (60, 128)),
    }
)  # by kind or by sequence, of the order of clinical protocols; by judgment


@dataclass(frozen=True, slots=True)
class Protocol:
    """How one sequence is run; times in milliseconds.

    Attributes
    ----------
    b_value
        Diffusion weighting in s/mm^2.
    averages, bandwidth_hz
        How often every line of k-space is read, and how fast: bandwidth per pixel.
    echo_train
        Lines read after one excitation.
    """

    kind: Literal["spin echo", "mprage", "inversion", "diffusion"]
    tr_ms: Number
    te_ms: Number
    ti_ms: Number = 0.0
    gadolinium: bool = False
    b_value: Number = 0.0
    averages: int = 1
    bandwidth_hz: Number = 200.0
    echo_train: int = 1

    @property
    def is_volumetric(self) -> bool:
        """Whether all slices are read together, in a 3-D k-space."""
        return self.kind == "mprage"


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
    return {sequence: with_reading(drawn[sequence], rng, sequence) for sequence in sequences}


def with_reading(protocol: Protocol, rng: np.random.Generator, sequence: str) -> Protocol:
    """Draw how k-space is read, from a stream of its own."""
    own = side_stream(rng, f"reading {sequence}")
    reading = READINGS[sequence if sequence in READINGS else protocol.kind]
    return replace(
        protocol,
        bandwidth_hz=float(own.uniform(*reading.bandwidth_hz)),
        averages=int(own.choice(reading.averages)),
        echo_train=int(own.integers(*reading.echo_train, endpoint=True)),
    )


def _nulling(flair: Protocol) -> Protocol:
    """Bring the inversion time near to that which nulls fluid, as whoever runs it would."""
    t1_ms = float(TISSUES["fluid"].t1_ms)
    null_ms = t1_ms * (np.log(2) - np.log1p(np.exp(-float(flair.tr_ms) / t1_ms)))
    ti_ms = float(np.clip(flair.ti_ms, null_ms - OFF_NULL_MS, null_ms + OFF_NULL_MS))
    return replace(flair, ti_ms=ti_ms)


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
    dose = float(gadolinium_mm) if protocol.gadolinium else 0.0
    t1 = 1 / (1 / tissue.t1_ms + R1_PER_MM_S * dose / 1000)
    t2 = 1 / (1 / tissue.t2_ms + R2_PER_MM_S * dose / 1000)
    saturated = math.exp(-protocol.tr_ms / t1)
    if protocol.kind in ("spin echo", "diffusion"):
        magnetization = 1 - saturated
    elif protocol.kind == "inversion":
        magnetization = abs(1 - 2 * math.exp(-protocol.ti_ms / t1) + saturated)
    else:
        inverted = abs(1 - 2 * math.exp(-protocol.ti_ms / t1) / (1 + saturated))
        magnetization = 0.4 * inverted + 0.6 * (1 - math.exp(-700 / t1))
        t2 = 0.6 * t2
    return float(tissue.density * magnetization * math.exp(-protocol.te_ms / t2))


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
