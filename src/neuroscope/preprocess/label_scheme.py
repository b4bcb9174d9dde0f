"""What the numbers in a given segmentation mean: five conventions use the same ones.

The names of BraTS files do not tell the year, and nothing in the file says it. What is brightest
after contrast is the enhancing tumor; that settles nearly all doubts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.records.arrays import Array
from neuroscope.records.prepared import Finding
from neuroscope.records.segmentation import Segmentation, Tissue
from neuroscope.records.volume import Volume

NCR, ED, ET, RC = 1, 2, 3, 4
TISSUES: Mapping[int, Tissue] = MappingProxyType(
    {
        NCR: Tissue("Necrotic and non-enhancing tumor", "NCR"),
        ED: Tissue("Edema", "ED"),
        ET: Tissue("Enhancing tumor", "ET"),
        RC: Tissue("Resection cavity", "RC"),
    }
)
WHOLE_TOLERANCE = 1e-3  # a mask may be stored as 0.99999998
LEAST_VOXELS = 10  # fewer say nothing about brightness


@dataclass(frozen=True, slots=True)
class Scheme:
    """A convention: what its labels are in BraTS 2023."""

    name: str
    to_2023: Mapping[int, int]


SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        "2023": Scheme("BraTS 2023 (1 NCR, 2 ED, 3 ET)", {1: NCR, 2: ED, 3: ET}),
        "2018": Scheme("BraTS 2017-2020 (1 NCR, 2 ED, 4 ET)", {1: NCR, 2: ED, 4: ET}),
        "2013": Scheme(
            "BraTS 2012-2015 (1 necrosis, 2 edema, 3 non-enhancing, 4 enhancing)",
            {1: NCR, 2: ED, 3: NCR, 4: ET},
        ),
        "post": Scheme(
            "BraTS 2024 after treatment (1 NET, 2 SNFH, 3 ET, 4 resection cavity)",
            {1: NCR, 2: ED, 3: ET, 4: RC},
        ),
        "ped": Scheme("BraTS-PED (1 ET, 2 NET, 3 cystic, 4 ED)", {1: ET, 2: NCR, 3: NCR, 4: ED}),
        "mask": Scheme("A mask without parts (1 tumor)", {1: NCR}),
    }
)
ENHANCING: Mapping[str, int] = MappingProxyType(
    {"2023": 3, "2018": 4, "2013": 4, "post": 3, "ped": 1}
)
# Which schemes use just these numbers, the likeliest first.
_CANDIDATES: tuple[tuple[frozenset[int], tuple[str, ...]], ...] = (
    (frozenset({1}), ("mask",)),
    (frozenset({1, 2, 3}), ("2023", "ped")),
    (frozenset({1, 2, 4}), ("2018", "ped", "post")),
    (frozenset({1, 2, 3, 4}), ("post", "2013", "ped")),
)


@dataclass(frozen=True, slots=True)
class LabelReading:
    """What scheme a segmentation follows.

    Attributes
    ----------
    scheme
        Key in `SCHEMES`.
    certain
        False if other schemes use the same numbers and T1 after contrast could not settle it.
    brightness
        By label: median of T1 after contrast in it, in quartile distances above the brain's median;
        empty without that image.
    """

    scheme: str
    certain: bool
    brightness: Mapping[int, float]


def whole_labels(labels: Array) -> Array:
    """Turn labels of any type into uint8.

    Raises
    ------
    BadInputError
        If they are not whole numbers from 0 to 255: then it is no segmentation.
    """
    rounded = np.rint(labels)
    if not np.isfinite(labels).all() or np.abs(labels - rounded).max() > WHOLE_TOLERANCE:
        raise BadInputError(
            "The segmentation holds values that are no whole numbers.",
            fix="Give labels, not probabilities; resample labels to the nearest neighbor.",
        )
    if rounded.min() < 0 or rounded.max() > 255:
        raise BadInputError(
            f"The labels run from {rounded.min():g} to {rounded.max():g}.",
            fix="Give a tumor segmentation, with labels 1 to 4.",
        )
    return np.asarray(rounded, np.uint8)


def read_scheme(labels: Array, t1c: Array | None = None) -> LabelReading:
    """Tell which convention labels follow.

    Parameters
    ----------
    labels
        Whole numbers, shape `(i, j, k)`.
    t1c
        T1 after contrast on the same grid, 0 outside the brain or with skull.

    Raises
    ------
    BadInputError
        For a number no scheme has.
    """
    present = frozenset(int(n) for n in np.unique(labels)) - {0}
    unknown = sorted(present - {1, 2, 3, 4})
    if unknown:
        raise BadInputError(
            f"No scheme of tumor labels has the number {unknown[0]}.",
            fix="Give labels of BraTS (1 to 4), or a mask (0 and 1).",
        )
    candidates = next(names for numbers, names in _CANDIDATES if present <= numbers)
    bright = _brightness(labels, t1c, present) if t1c is not None else {}
    fitting = [n for n in candidates if n in ENHANCING and ENHANCING[n] in present]
    if len(candidates) == 1:
        return LabelReading(candidates[0], True, bright)
    if len(bright) > 1:
        brightest = max(bright, key=lambda label: bright[label])
        agreed = [name for name in fitting if ENHANCING[name] == brightest]
        if agreed:
            return LabelReading(agreed[0], True, bright)
    return LabelReading(candidates[0], False, bright)


def to_brats_2023(
    labels: Volume, *, t1c: Volume | None = None, author: str = "given"
) -> tuple[Segmentation, tuple[Finding, ...]]:
    """Read a given segmentation of any known scheme as BraTS 2023.

    Parameters
    ----------
    t1c
        T1 after contrast; it is looked at only if it has the same grid.

    Raises
    ------
    BadInputError
        If the values are no labels, or no scheme has them.
    """
    numbers = whole_labels(labels.voxels)
    same = t1c is not None and t1c.same_grid(labels)
    reading = read_scheme(numbers, t1c.voxels if t1c is not None and same else None)
    scheme = SCHEMES[reading.scheme]
    table = np.zeros(256, np.uint8)
    for label, meaning in scheme.to_2023.items():
        table[label] = meaning
    found = table[numbers]
    tissues = {label: TISSUES[label] for label in TISSUES if label != RC or (found == RC).any()}
    segmentation = Segmentation(found, labels.affine, tissues, author)
    return segmentation, _findings(reading, scheme)


def _findings(reading: LabelReading, scheme: Scheme) -> tuple[Finding, ...]:
    if reading.scheme == "2023" and reading.certain:
        return ()
    if reading.scheme == "mask":
        return (
            Finding(
                "labels",
                "The segmentation has a single label.",
                "It was taken as tumor core without parts.",
                "Enhancing tumor and edema cannot be measured.",
            ),
        )
    if reading.certain:
        return (
            Finding(
                "labels",
                f"The segmentation follows {scheme.name}.",
                "It was translated to BraTS 2023.",
            ),
        )
    return (
        Finding(
            "labels",
            "Several conventions use the numbers of this segmentation, and no T1 with contrast on "
            "its grid tells which label enhances.",
            f"It was read as {scheme.name}.",
            "If that is wrong, enhancing tumor, necrosis and edema are exchanged.",
        ),
    )


def _brightness(labels: Array, t1c: Array, present: frozenset[int]) -> dict[int, float]:
    """Measure how bright each label is, against all that is not background and not labeled."""
    rest = t1c[(labels == 0) & (t1c != t1c.ravel()[0])]
    if rest.size < LEAST_VOXELS:
        return {}
    low, middle, high = np.percentile(rest[:: max(1, rest.size // 200_000)], (25, 50, 75))
    width = float(high - low) or 1.0
    return {
        label: (float(np.median(t1c[labels == label])) - float(middle)) / width
        for label in present
        if int((labels == label).sum()) >= LEAST_VOXELS
    }
