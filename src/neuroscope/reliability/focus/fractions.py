"""Count how much of a map lies in every region of a picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import GeometryMismatchError
from neuroscope.records.focus import REGIONS, Numbers, Region
from neuroscope.reliability.focus.partition import Regions

DOMINANT = 0.4  # share of the evidence above which a region is named, else it is diffuse
LEAST_LOG2 = -10.0  # shown for a region without evidence, where the logarithm has no bottom
NOTHING = 1e-6  # total of a map below which there is no evidence

KNOWN_WITHOUT_TUMOR = tuple(name not in ("tumor", "peritumoral") for name in REGIONS)


@dataclass(frozen=True, slots=True)
class Focus:
    """Where the evidence of one map lies; see `records.focus.FocusRow`."""

    fractions: Numbers
    enrichment: Numbers
    areas: tuple[float, ...]
    dominant: str
    peak: Region | None
    peak_at: tuple[int, int] | None

    @property
    def off_brain(self) -> float | None:
        """Share of the evidence outside tumor, its surroundings and the brain."""
        if self.dominant == "no evidence":
            return None
        return float(sum(share for share in self.fractions[3:] if share is not None))


def focus_of(
    evidence: NDArray[np.floating], regions: Regions, *, tumor_known: bool = True
) -> Focus:
    """Sum the positive part of a map over the regions.

    Parameters
    ----------
    evidence
        Signed, for the predicted class, on the pixels of the picture, shape ``(rows, columns)``.
    regions
        Of `partition`, same shape.
    tumor_known
        Whether it is known where the tumor is, or that there is none.

    Raises
    ------
    GeometryMismatchError
        If the shapes differ.
    """
    if evidence.shape != regions.shape:
        raise GeometryMismatchError(
            f"The map has shape {evidence.shape}, the picture {regions.shape}.",
            fix="Carry the map onto the pixels of the picture first.",
        )
    known = (True,) * len(REGIONS) if tumor_known else KNOWN_WITHOUT_TUMOR
    positive = np.maximum(evidence, 0).astype(np.float64)
    areas = np.bincount(regions.ravel(), minlength=len(REGIONS)) / regions.size
    total = float(positive.sum())
    if total <= NOTHING:
        nothing = (None,) * len(REGIONS)
        return Focus(nothing, nothing, tuple(areas.tolist()), "no evidence", None, None)
    shares = np.bincount(regions.ravel(), positive.ravel(), len(REGIONS))
    shares = shares / shares.sum()
    row, column = np.unravel_index(int(positive.argmax()), positive.shape)
    strongest = int(shares.argmax())
    return Focus(
        fractions=_known(shares, known),
        enrichment=tuple(
            _enrichment(float(share), float(area)) if is_known else None
            for share, area, is_known in zip(shares, areas, known, strict=True)
        ),
        areas=tuple(areas.tolist()),
        dominant=REGIONS[strongest] if shares[strongest] > DOMINANT else "diffuse",
        peak=REGIONS[int(regions[row, column])],
        peak_at=(int(row), int(column)),
    )


def _known(values: NDArray[np.float64], known: tuple[bool, ...]) -> Numbers:
    pairs = zip(values.tolist(), known, strict=True)
    return tuple(value if is_known else None for value, is_known in pairs)


def _enrichment(share: float, area: float) -> float | None:
    if area <= 0:
        return None
    return max(LEAST_LOG2, float(np.log2(share / area))) if share > 0 else LEAST_LOG2
