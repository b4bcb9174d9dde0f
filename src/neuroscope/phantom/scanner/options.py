"""What can be asked of the scanner, for all sequences or for one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.phantom.fields import Number
from neuroscope.phantom.streams import side_stream
from neuroscope.records.volume import Plane

FIELDS_T: tuple[Number, ...] = (1.5, 3)
RANGES: Mapping[str, tuple[Number, Number]] = MappingProxyType(
    {
        "slice_mm": (0.7, 10),
        "pixel_mm": (0.7, 4),
        "tilt_deg": (-45, 45),
        "motion_mm": (0, 20),
        "ringing": (0, 0.7),
        "bias": (0, 0.5),
        "noise": (0, 0.5),
        "blur_mm": (0.2, 3),
        "ragged_mm": (0, 5),
    }
)


def _require(name: str, value: Number | None) -> None:
    least, most = RANGES[name]
    if value is None or least <= value <= most:
        return
    nearest = least if value < least else most
    raise BadInputError(
        f"A {name} of {value:g} is not possible.",
        fix=f"Choose {least:g} to {most:g}; the nearest is {nearest:g}.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """How one sequence is scanned.

    Attributes
    ----------
    plane, slice_mm, pixel_mm, tilt_deg
        Slices of their own; if all are left out the sequence lies on the grid of the labels.
    motion_mm
        How far the head moves during the scan (standard deviation); 0 for a head that rests.
    ringing
        The part of k-space that is not measured, 0..0.7: edges ring.
    bias
        Unevenness of the coil (standard deviation of its logarithm); None draws 0.03-0.10.
    noise
        Standard deviation in the finished picture, in parts of the signal of white matter,
        whatever voxel and field; None draws 0.01-0.03 for 1 mm voxels at 3 T, read once, and more
        or less by voxel, field and reading. MR only.
    blur_mm
        Width (sigma) of the point spread; None draws 0.45-0.7 mm. MR only.
    """

    plane: Plane | None = None
    slice_mm: Number | None = None
    pixel_mm: Number | None = None
    tilt_deg: Number = 0.0
    motion_mm: Number = 0.0
    ringing: Number = 0.0
    bias: Number | None = None
    noise: Number | None = None
    blur_mm: Number | None = None

    def __post_init__(self) -> None:
        for name in ("slice_mm", "pixel_mm", "tilt_deg", "motion_mm", "ringing", "bias", "noise",
                     "blur_mm"):  # fmt: skip
            _require(name, getattr(self, name))

    @property
    def on_label_grid(self) -> bool:
        """Whether the sequence has no slices of its own."""
        own = (self.plane, self.slice_mm, self.pixel_mm, self.tilt_deg or None)
        return all(value is None for value in own)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerOptions:
    """How a study is scanned. The default is a calm head in an even 3 T scanner.

    Attributes
    ----------
    field_t
        1.5 or 3 tesla. A lower field shortens T1 and doubles drawn noise.
    every
        How sequences are scanned that `scans` does not name.
    scans
        By sequence.
    missing
        Sequences that were not made, whatever was asked for.
    ragged_mm
        How far the edge of a skull strip strays (phantoms without head).
    """

    field_t: Number = 3
    every: Scan = Scan()
    scans: Mapping[str, Scan] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    ragged_mm: Number = 0.0

    def __post_init__(self) -> None:
        if self.field_t not in FIELDS_T:
            raise BadInputError(
                f"There is no scanner of {self.field_t:g} T here.", fix="Choose 1.5 or 3."
            )
        _require("ragged_mm", self.ragged_mm)
        object.__setattr__(self, "scans", MappingProxyType(dict(self.scans)))

    def scan_of(self, sequence: str) -> Scan:
        """Say how a sequence is scanned."""
        return self.scans.get(sequence, self.every)


CLEAN = ScannerOptions()


def clinical_options(seed: int, sequences: tuple[str, ...], *, session: int = 0) -> ScannerOptions:
    """Draw what clinics do: every sequence with its own plane and thickness, some spoiled.

    Draws from a stream of its own, so that anatomy, lesion and noise stay those of the seed.
    """
    own = side_stream(np.random.default_rng([seed, session]), "clinical scanner")
    restless = own.random() < 0.2
    scans = {name: _clinical_scan(side_stream(own, name), name, restless) for name in sequences}
    lost = own.random() < 0.15 and len(sequences) > 1
    missing = (str(own.choice(sequences)),) if lost else ()
    return ScannerOptions(
        field_t=FIELDS_T[int(own.random() < 0.6)],
        scans=scans,
        missing=missing,
        ragged_mm=float(own.uniform(0.5, 2.0)) if own.random() < 0.7 else 0.0,
    )


def _clinical_scan(rng: np.random.Generator, name: str, restless: bool) -> Scan:
    planes: tuple[Plane, ...] = ("axial", "coronal", "sagittal")
    tilt = float(np.clip(rng.normal(0, 6), -20, 20))
    thick = float(rng.choice((3.0, 4.0, 5.0, 6.5)))
    plane = planes[int(rng.choice(3, p=(0.75, 0.1, 0.15)))]
    motion, ringing = float(rng.uniform(0.3, 2.0)), float(rng.uniform(0.1, 0.4))
    uneven, rings = float(rng.uniform(0.02, 0.14)), rng.random() < 0.3
    if name in ("ct", "ctc"):
        return Scan(plane="axial", slice_mm=min(thick, 5.0), tilt_deg=abs(tilt))
    drawn = Scan(plane=plane, slice_mm=thick, tilt_deg=tilt, bias=uneven)
    if rng.random() < 0.35:  # a volume: thin slices, no tilt
        drawn = Scan(plane=plane, slice_mm=1.0, bias=uneven)
    if name == "adc":
        return replace(drawn, bias=None)
    return replace(drawn, motion_mm=motion * restless, ringing=ringing * rings)
