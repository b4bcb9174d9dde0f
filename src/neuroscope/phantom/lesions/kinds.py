"""What a phantom can have, and what that is called elsewhere."""

import difflib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from neuroscope.errors import BadInputError

Kind = Literal[
    "glioblastoma",
    "low_grade_glioma",
    "meningioma",
    "pituitary",
    "metastases",
    "schwannoma",
    "medulloblastoma",
    "ependymoma",
    "stroke",
    "ms",
    "wmh",
    "abscess",
    "none",
]
Grown = Kind | Literal["cavity"]  # what a series can also hold, though nobody can ask for it alone
TumorClass = Literal["glioma", "meningioma", "pituitary", "notumor"]

KINDS: tuple[Kind, ...] = get_args(Kind)
ALIASES: Mapping[str, Kind] = MappingProxyType(
    {
        "glioma": "glioblastoma",
        "gbm": "glioblastoma",
        "lgg": "low_grade_glioma",
        "metastasis": "metastases",
        "vestibular_schwannoma": "schwannoma",
        "infarct": "stroke",
        "multiple_sclerosis": "ms",
        "white_matter_hyperintensities": "wmh",
        "notumor": "none",
    }
)
MIMICS: frozenset[Kind] = frozenset({"stroke", "ms", "wmh", "abscess"})  # no tumor is labeled
CLASS_OF: Mapping[Kind, TumorClass] = MappingProxyType(
    {
        "glioblastoma": "glioma",
        "low_grade_glioma": "glioma",
        "meningioma": "meningioma",
        "pituitary": "pituitary",
        "stroke": "notumor",
        "ms": "notumor",
        "wmh": "notumor",
        "abscess": "notumor",
        "none": "notumor",
    }
)  # of the classifier; a kind that is missing here has none


def resolve_kind(name: str) -> Kind:
    """Accept a kind or one of its other names.

    Raises
    ------
    BadInputError
        For an unknown name, with the nearest known one.
    """
    known: dict[str, Kind] = {kind: kind for kind in KINDS}
    known.update(ALIASES)
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    if plain in known:
        return known[plain]
    near = difflib.get_close_matches(plain, known, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise BadInputError(
        f"There is no phantom of the kind {name!r}.", fix=f"{hint}Use one of {', '.join(known)}."
    )
