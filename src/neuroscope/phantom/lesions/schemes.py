"""Our labels in the numbers of other data sets, and the regions that are scored."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np

from neuroscope.phantom.lesions.tumor import CAVITY, EDEMA, ENHANCING, NONENHANCING, Labels

SchemeName = Literal["brats2023", "brats2024", "brats2020", "brats-ped", "msd"]

REGIONS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "WT": (NONENHANCING, EDEMA, ENHANCING),
        "TC": (NONENHANCING, ENHANCING),
        "ET": (ENHANCING,),
        "RC": (CAVITY,),
    }
)  # whole tumor, tumor core, enhancing tumor; the resection cavity is no part of the tumor

SCHEMES: Mapping[SchemeName, Mapping[int, int]] = MappingProxyType(
    {
        "brats2023": {NONENHANCING: 1, EDEMA: 2, ENHANCING: 3},
        "brats2024": {NONENHANCING: 1, EDEMA: 2, ENHANCING: 3, CAVITY: 4},
        "brats2020": {NONENHANCING: 1, EDEMA: 2, ENHANCING: 4},
        "brats-ped": {NONENHANCING: 2, EDEMA: 4, ENHANCING: 1},
        "msd": {NONENHANCING: 2, EDEMA: 1, ENHANCING: 3},
    }
)  # a label that a scheme does not have becomes background


def in_scheme(labels: Labels, scheme: SchemeName) -> Labels:
    """Rewrite our labels in the numbers of another scheme."""
    table = np.zeros(256, np.uint8)
    for ours, theirs in SCHEMES[scheme].items():
        table[ours] = theirs
    return table[labels]


def regions_in(scheme: SchemeName) -> Mapping[str, tuple[int, ...]]:
    """List the numbers that make each region in a scheme; without regions it cannot express."""
    numbers = SCHEMES[scheme]
    return {
        name: tuple(sorted(numbers[label] for label in parts))
        for name, parts in REGIONS.items()
        if all(label in numbers for label in parts)
    }
