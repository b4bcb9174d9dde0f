"""Give a phantom the label numbers of another data set, with the table of its regions."""

from dataclasses import replace
from typing import get_args

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import PhantomCase
from neuroscope.phantom.lesions.schemes import SCHEMES, SchemeName, in_scheme, regions_in
from neuroscope.phantom.truth import Truth
from neuroscope.records.segmentation import Segmentation

SCHEME_NAMES: tuple[SchemeName, ...] = get_args(SchemeName)


def resolve_scheme(name: str) -> SchemeName:
    """Accept the name of a label scheme.

    Raises
    ------
    BadInputError
        If there is no such scheme.
    """
    for scheme in SCHEME_NAMES:
        if name.strip().lower() == scheme:
            return scheme
    raise BadInputError(
        f"There is no label scheme {name!r}.", fix=f"Choose from {', '.join(SCHEME_NAMES)}."
    )


def relabel(case: PhantomCase, scheme: SchemeName) -> PhantomCase:
    """Rewrite the tumor's labels in a scheme; the truth gets the member `labels`.

    `labels` holds the name of the scheme, its number for each of our labels by code, the numbers
    that make each region, and the codes that it has no number for, which become background.
    """
    own, numbers = case.segmentation, SCHEMES[scheme]
    codes = {label: tissue.code for label, tissue in own.tissues.items()}
    tissues = {numbers[n]: tissue for n, tissue in own.tissues.items() if n in numbers}
    voxels = in_scheme(np.asarray(own.labels, np.uint8), scheme)
    table: Truth = {
        "scheme": scheme,
        "numbers": {codes[n]: number for n, number in numbers.items() if n in codes},
        "regions": {name: list(parts) for name, parts in regions_in(scheme).items()},
        "left_out": [code for n, code in codes.items() if n not in numbers],
    }
    return replace(
        case,
        segmentation=Segmentation(voxels, own.affine, tissues, own.author),
        truth={**case.truth, "labels": table},
    )
