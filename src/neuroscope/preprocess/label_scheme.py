"""What the numbers in a given segmentation mean: six conventions use the same ones.

The names of BraTS files do not tell the year, and nothing in the file says it. Three things do:
what is far brighter than the brain after contrast is enhancing tumor, what is as dark as fluid is a
cavity, and edema lies outside, around the core.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.preprocess.label_looks import IS_FLUID, LabelLooks, look_at
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
IS_DARK = -0.5  # below this nothing enhances
FURTHER_OUT = 0.25  # real edema has .65 to .82 of its surface outside, a core .01 to .15


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
        "msd": Scheme("MSD Task01 (1 ED, 2 NCR/NET, 3 ET)", {1: ED, 2: NCR, 3: ET}),
        "mask": Scheme("A mask without parts (1 tumor)", {1: NCR}),
    }
)
LIKELY = ("2023", "2018", "post", "2013", "msd", "ped")  # whose numbers fit first is believed
CLEAN, DOUBTED, CONTRADICTED = range(3)


@dataclass(frozen=True, slots=True)
class LabelReading:
    """What scheme a segmentation follows.

    Attributes
    ----------
    scheme
        Key in `SCHEMES`.
    certain
        False if other schemes fit as well.
    brightness
        By label: median of T1 after contrast in it, in quartile distances above the median of what
        lies around; empty without that image.
    present
        The numbers there are.
    others
        Keys of schemes that would mean something else and fit as well.
    """

    scheme: str
    certain: bool
    brightness: Mapping[int, float]
    present: frozenset[int] = frozenset()
    others: tuple[str, ...] = ()


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
            fix="Give labels of BraTS or MSD (1 to 4), or a mask (0 and 1).",
        )
    if present <= {1}:
        return LabelReading("mask", True, {}, present)
    seen = look_at(labels, t1c, present)
    fits = {name: _fit(name, seen) for name in fitting_schemes(present)}
    chosen = min(fits, key=lambda name: fits[name])  # the first of those that fit best
    rest = [name for name in fits if not same_meaning(name, chosen, present)]
    others = tuple(name for name in rest if fits[name] == fits[chosen])
    if chosen == "ped" and seen.enhancing is None:  # too rare to be believed without proof
        others = tuple(rest)
    return LabelReading(chosen, not others, seen.brightness, present, others)


def fitting_schemes(present: frozenset[int]) -> tuple[str, ...]:
    """Name the schemes that have all these numbers, the likeliest first."""
    return tuple(name for name in LIKELY if present <= SCHEMES[name].to_2023.keys())


def same_meaning(one: str, other: str, present: frozenset[int]) -> bool:
    """Tell whether two schemes translate these numbers alike."""
    first, second = SCHEMES[one].to_2023, SCHEMES[other].to_2023
    return all(first.get(n) == second.get(n) for n in present)


def cohort_scheme(readings: Mapping[str, LabelReading]) -> LabelReading:
    """Find the one scheme that all cases of a cohort follow.

    Cases that are certain decide; those that fit several schemes follow them.

    Parameters
    ----------
    readings
        By name of the case.

    Raises
    ------
    BadInputError
        If two cases contradict each other; the message names them.
    """
    present = frozenset[int]().union(*(reading.present for reading in readings.values()))
    if present <= {1}:
        return LabelReading("mask", True, {}, present)
    voting = {
        name: reading
        for name, reading in readings.items()
        if reading.certain and reading.scheme != "mask"
    }
    left = list(fitting_schemes(present))
    agreed: dict[str, LabelReading] = {}
    for name, reading in voting.items():
        fits = [s for s in left if same_meaning(s, reading.scheme, reading.present)]
        if not fits:
            raise _contradiction(agreed, name, reading, left)
        left, agreed[name] = fits, reading
    others = tuple(s for s in left[1:] if not same_meaning(s, left[0], present))
    return LabelReading(left[0], not others and bool(voting), {}, present, others)


def _contradiction(
    agreed: Mapping[str, LabelReading], name: str, reading: LabelReading, left: list[str]
) -> BadInputError:
    """Name a case and what it contradicts."""
    against = next(
        (
            f"case '{other}' {SCHEMES[one.scheme].name}"
            for other, one in agreed.items()
            if not any(
                same_meaning(s, one.scheme, one.present)
                and same_meaning(s, reading.scheme, reading.present)
                for s in fitting_schemes(one.present | reading.present)
            )
        ),
        f"the other cases {SCHEMES[left[0]].name}",
    )
    return BadInputError(
        f"The labels of the cohort contradict each other: case '{name}' follows "
        f"{SCHEMES[reading.scheme].name}, {against}. One model cannot learn both.",
        fix="Take out the cases of the other convention, or say which one all follow: --labels "
        f"{' | '.join(LIKELY)}.",
    )


def to_brats_2023(
    labels: Volume, *, t1c: Volume | None = None, author: str = "given", scheme: str = ""
) -> tuple[Segmentation, tuple[Finding, ...]]:
    """Read a given segmentation of any known scheme as BraTS 2023.

    Parameters
    ----------
    t1c
        T1 after contrast; it is looked at only if it has the same grid.
    scheme
        Key in `SCHEMES`, if it is known; nothing is guessed then.

    Raises
    ------
    BadInputError
        If the values are no labels, or no scheme (or not the named one) has them.
    """
    numbers = whole_labels(labels.voxels)
    if scheme:
        reading = named_scheme(scheme, numbers)
    else:
        same = t1c is not None and t1c.same_grid(labels)
        reading = read_scheme(numbers, t1c.voxels if t1c is not None and same else None)
    followed = SCHEMES[reading.scheme]
    table = np.zeros(256, np.uint8)
    for label, meaning in followed.to_2023.items():
        table[label] = meaning
    found = table[numbers]
    there = set(np.unique(found).tolist()) - {0}
    # A mask of one label does not say that the other tissues are absent.
    tissues = {n: TISSUES[n] for n in TISSUES if n in there or (n != RC and len(there) != 1)}
    segmentation = Segmentation(found, labels.affine, tissues, author)
    return segmentation, _findings(reading, followed)


def named_scheme(scheme: str, labels: Array) -> LabelReading:
    """Take a scheme by its name.

    Raises
    ------
    BadInputError
        If there is no such scheme, or it does not have a number of these labels.
    """
    if scheme not in SCHEMES:
        raise BadInputError(
            f"There is no label scheme '{scheme}'.", fix=f"Choose from {', '.join(SCHEMES)}."
        )
    present = frozenset(int(n) for n in np.unique(labels)) - {0}
    foreign = sorted(present - SCHEMES[scheme].to_2023.keys())
    if foreign:
        raise BadInputError(
            f"{SCHEMES[scheme].name} has no number {foreign[0]}.",
            fix="Name another scheme, or give other labels.",
        )
    return LabelReading(scheme, True, {}, present)


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
    why = (
        "and neither brightness after contrast nor what lies outside tells them apart."
        if reading.brightness
        else "and no T1 with contrast on its grid tells which label enhances."
    )
    might = ", or ".join(SCHEMES[name].name for name in reading.others)
    return (
        Finding(
            "labels",
            f"Several conventions use the numbers of this segmentation, {why}",
            f"It was read as {scheme.name}; it may be {might}.",
            "If that is wrong, enhancing tumor, necrosis, edema or cavity are exchanged.",
        ),
    )


def _fit(name: str, seen: LabelLooks) -> int:
    """Tell whether what was seen contradicts a scheme, or leaves it in doubt."""
    meant = {n: SCHEMES[name].to_2023[n] for n in seen.present}
    enhancing = [n for n in meant if meant[n] == ET]
    if seen.enhancing is not None and seen.enhancing not in enhancing:
        return CONTRADICTED
    if any(seen.brightness.get(n, 0.0) <= IS_DARK for n in enhancing):
        return CONTRADICTED
    if seen.fluid == RC and meant[RC] == ED:
        return CONTRADICTED
    core = [n for n in meant if meant[n] in (NCR, ET)]
    if _lies_around(core, [n for n in meant if meant[n] == ED], seen):
        return CONTRADICTED
    dim = any(n in seen.brightness and n != seen.enhancing for n in enhancing)
    filled = any(meant[n] == RC and value > IS_FLUID for n, value in seen.brightness.items())
    # Label 2 around label 3, and no label 1: an edema (2023) is likelier than a core without one.
    lacking = name == "msd" and 1 not in meant and _lies_around([2], [3], seen)
    return DOUBTED if dim or filled or lacking else CLEAN


def _lies_around(some: Iterable[int], others: Iterable[int], seen: LabelLooks) -> bool:
    """Tell whether some labels lie around others, as an edema lies around a core."""
    outer, inner = seen.outside(some), seen.outside(others)
    return outer is not None and inner is not None and outer - inner >= FURTHER_OUT
