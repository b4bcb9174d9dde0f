"""What the models of others call their channels and their answers, in our words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from neuroscope.errors import BadInputError
from neuroscope.records.segmenterspec import CHANNELS, REGIONS

# Names without anything but letters and digits, as `t1ce` for "T1-CE".
ROLE_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "t1": frozenset({"t1", "t1n", "t1w", "t1wi", "t1native", "t1pre", "mrit1", "mrit1w"}),
        "t1c": frozenset(
            {
                "t1c", "t1ce", "t1gd", "t1cc", "t1km", "t1post", "t1contrast", "t1wce", "t1wgd",
                "t1wc", "t1wpost", "t1gad", "mrit1c", "mrit1ce", "mrit1gd", "mrit1wce",
            }
        ),
        "t2": frozenset({"t2", "t2w", "t2wi", "mrit2", "mrit2w"}),
        "flair": frozenset({"flair", "t2f", "t2flair", "t2wflair", "fla", "mriflair", "mrit2f"}),
    }
)  # fmt: skip
TISSUE_CODES = ("NCR", "ED", "ET", "RC")
# The first pattern that fits decides: "non-enhancing" also holds "enhancing".
_TISSUES: tuple[tuple[str, str], ...] = (
    ("NCR", r"non ?enhancing|necro|cyst|\b(ncr|net|netc|nec|cc|nt)\b"),
    ("RC", r"cavity|\brc\b"),
    ("ED", r"edema|oedema|\b(ed|snfh)\b|flair hyperintens"),
    ("ET", r"enhanc|active tumou?r|\b(et|at)\b"),
    ("NCR", r"^(tumou?r|lesion|mass|abnormality)$"),  # a mask without parts
)
_REGIONS: tuple[tuple[str, str], ...] = (
    ("WT", r"whole|\bwt\b"),
    ("TC", r"core|\btc\b"),
    ("ET", r"(?<!non )(?<!non)enhanc|\bet\b"),
)


def roles_of_channels(names: Sequence[str]) -> tuple[str, ...]:
    """Tell which sequence each channel of a model wants, in the order of its channels.

    Raises
    ------
    BadInputError
        If a name tells no sequence, or two channels want the same one.
    """
    roles = tuple(_role(name) for name in names)
    unknown = [name for name, role in zip(names, roles, strict=True) if role is None]
    if unknown or not names:
        shown = f"'{unknown[0]}'" if unknown else "none"
        raise BadInputError(
            f"The channels of the model do not match ours: {shown} names no sequence "
            f"(channels: {', '.join(names) or 'none'}).",
            fix="Name the channels T1, T1c, T2 and FLAIR in the model's description, in the order "
            "it was trained with.",
        )
    kept = tuple(role for role in roles if role is not None)
    twice = sorted({role for role in kept if kept.count(role) > 1})
    if twice:
        raise BadInputError(
            f"Two channels of the model want the same sequence, {twice[0]} "
            f"(channels: {', '.join(names)}).",
            fix="Name each channel by its own sequence in the model's description.",
        )
    return kept


def require_sequences(wanted: Sequence[str], given: Iterable[str]) -> None:
    """Refuse a study without a sequence that a model must have.

    Raises
    ------
    BadInputError
        If one is missing; it names it.
    """
    there = set(given)
    missing = [role for role in wanted if role not in there]
    if missing:
        raise BadInputError(
            f"The model needs {', '.join(wanted)}; this study lacks {', '.join(missing)}.",
            fix="Give the missing sequence, or use the segmenter that ships with Neuroscope, which "
            "needs any one of the four.",
        )


def tissue_of_label(name: str) -> str:
    """Tell which tissue of BraTS 2023 a label names: a code of `TISSUE_CODES`.

    Raises
    ------
    BadInputError
        If the name tells none.
    """
    return _first(name, _TISSUES, "NCR, ED and ET")


def region_of_name(name: str) -> str:
    """Tell which of `REGIONS` a model's region is.

    Raises
    ------
    BadInputError
        If the name tells none.
    """
    return _first(name, _REGIONS, "whole tumor, tumor core and enhancing tumor")


def regions_of_names(names: Sequence[str]) -> tuple[str, ...]:
    """Tell which of `REGIONS` each output is.

    Raises
    ------
    BadInputError
        If a name tells none, or not each region has just one output.
    """
    regions = tuple(region_of_name(name) for name in names)
    if sorted(regions) != sorted(REGIONS):
        raise BadInputError(
            f"The model answers with {', '.join(names)}.",
            fix="It must have one output each for whole tumor, tumor core and enhancing tumor.",
        )
    return regions


def _role(name: str) -> str | None:
    bare = re.sub(r"[^a-z0-9]", "", name.lower())
    return next((role for role in CHANNELS if bare in ROLE_WORDS[role]), None)


def _first(name: str, patterns: tuple[tuple[str, str], ...], wanted: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name).lower()
    words = re.sub(r"[^a-z0-9]+", " ", spaced).strip()
    for code, pattern in patterns:
        if re.search(pattern, words):
            return code
    raise BadInputError(
        f"The model calls one of its labels '{name}', which is no part of a tumor that we know.",
        fix=f"Name the labels {wanted} in the model's description.",
    )
