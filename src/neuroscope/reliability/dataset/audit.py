"""The audit of a set of pictures, part after part; what cannot be run is named with the reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.models.plane import PLANES, PlaneNetwork
from neuroscope.records.dataaudit import (
    Answered,
    Border,
    DataAudit,
    Duplicate,
    NotDone,
    Picture,
    QualityFlag,
)
from neuroscope.records.imported import Unreadable
from neuroscope.records.progress import Progress, ignore
from neuroscope.reliability.dataset.answers import accuracy_without_leaks
from neuroscope.reliability.dataset.border import border_predictability
from neuroscope.reliability.dataset.duplicates import find_duplicates
from neuroscope.reliability.dataset.groups import groups_of
from neuroscope.reliability.dataset.label_doubt import label_doubts
from neuroscope.reliability.dataset.observe import Observed, Read, observe_all
from neuroscope.reliability.dataset.planes import (
    NO_NETWORK,
    NOT_EXPECTED,
    PlaneCheck,
    check_planes,
)
from neuroscope.reliability.dataset.sources import source_clusters
from neuroscope.reliability.dataset.split import is_training, leaked, propose_split
from neuroscope.statistics import FEW_UNITS

Found = TypeVar("Found")

WRONG_PLANE = "Wrong plane"
ACCURACY = "Accuracy with and without leaked pictures"
NO_PATIENTS = (
    "No patients are named: groups are copies and alike pictures only, so slices of one patient "
    "that look different may be parted."
)
LARGE_GROUP = 0.3  # share of all pictures


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of a network to the files of the set."""

    by: str
    of_file: Mapping[str, str]


def audit_pictures(
    name: str,
    pictures: Sequence[Picture],
    read: Read,
    *,
    refused: Sequence[Unreadable] = (),
    answers: Answers | None = None,
    planes: PlaneNetwork | None = None,
    cautions: Sequence[str] = (),
    threads: int = 2,
    portable: bool = False,
    seed: int = 0,
    progress: Progress = ignore,
) -> DataAudit:
    """Audit a set of pictures.

    Parameters
    ----------
    name
        What the set is called in the report.
    read
        Gives the pixels of a picture by its number; raises `BadInputError` if it cannot.
    refused
        Files that could not even be listed.
    answers
        What a network says of the pictures.
    planes
        Tells in which plane a picture was cut.
    portable
        Whether `read` works in another process, where many pictures are looked at sooner.

    Raises
    ------
    BadInputError
        If fewer than two pictures can be read.
    """
    seen, unreadable = observe_all(
        pictures,
        read,
        view_size=planes.spec.size if planes else 0,
        threads=threads,
        portable=portable,
        progress=lambda done: progress(0.45 * done),
    )
    unreadable = (*refused, *unreadable)
    if len(seen) < 2:
        first = f" {unreadable[0].problem}" if unreadable else ""
        raise BadInputError(
            f"{len(seen)} pictures could be read; an audit compares pictures.{first}",
            fix="Name a folder with PNG or JPEG slices, or a CSV file that lists them.",
        )
    kept = tuple(pictures[number] for number in seen)
    observed = list(seen.values())
    duplicates = find_duplicates(
        [one.look for one in observed],
        threads=threads,
        progress=lambda done: progress(0.45 + 0.35 * done),
    )
    groups = groups_of(kept, duplicates)
    leaks = leaked(kept, groups)
    names = tuple(sorted({picture.label for picture in kept if picture.label is not None}))
    labels = np.array([names.index(p.label) if p.label is not None else -1 for p in kept], np.int64)
    parts = _Parts()
    doubts = parts.of(
        "Label errors",
        label_doubts(np.stack([one.seen for one in observed]), labels, names, groups, seed=seed),
    )
    progress(0.85)
    sources = parts.of(
        "Source clusters",
        source_clusters(np.stack([o.marks for o in observed]), labels, names, groups, seed=seed),
    )
    progress(0.9)
    border = parts.of("Border predictability", _border(observed, labels, groups, seed))
    proposed = propose_split(kept, groups, seed=seed)
    if proposed is None:
        parts.cannot("A split", f"There are {len(set(groups.tolist()))} groups; 3 splits need 3.")
    answered = _answered(parts, kept, leaks, groups, answers, seed)
    _name_missing(parts, kept)
    checked = _planes(parts, kept, observed, planes)
    progress(1.0)
    return DataAudit(
        name=name,
        pictures=kept,
        unreadable=unreadable,
        duplicates=duplicates,
        groups=tuple(groups.tolist()),
        leaked=tuple(leaks.tolist()),
        balance=_balance(kept),
        doubts=doubts or (),
        flags=(
            *(
                QualityFlag(number, kind, value)
                for number, one in enumerate(observed)
                for kind, value in one.flags
            ),
            *(checked.flags if checked else ()),
        ),
        sources=sources,
        border=border,
        answered=answered,
        proposed=proposed,
        not_done=tuple(parts.not_done),
        cautions=(
            *cautions,
            *_cautions(kept, groups, duplicates),
            *(checked.cautions if checked else ()),
        ),
        planes=checked.counts if checked else {},
    )


class _Parts:
    """Collects the parts that could not be run."""

    def __init__(self) -> None:
        self.not_done: list[NotDone] = []

    def cannot(self, part: str, why: str) -> None:
        self.not_done.append(NotDone(part, why))

    def of(self, part: str, found: Found | str) -> Found | None:
        if isinstance(found, str):
            self.cannot(part, found)
            return None
        return found


def _border(
    observed: Sequence[Observed], labels: NDArray[np.int64], groups: NDArray[np.int64], seed: int
) -> Border | str:
    known = np.flatnonzero(labels >= 0).tolist()
    if not known:
        return "No picture bears a label."
    outside = np.stack([observed[number].outside for number in known])
    return border_predictability(outside, labels[known], groups[known], seed=seed)


def _answered(
    parts: _Parts,
    pictures: Sequence[Picture],
    leaks: NDArray[np.bool_],
    groups: NDArray[np.int64],
    answers: Answers | None,
    seed: int,
) -> Answered | None:
    if answers is None:
        parts.cannot(ACCURACY, "No answers of a network were given.")
        return None
    return parts.of(
        ACCURACY,
        accuracy_without_leaks(pictures, leaks, groups, answers.of_file, by=answers.by, seed=seed),
    )


def _name_missing(parts: _Parts, pictures: Sequence[Picture]) -> None:
    splits = {picture.split for picture in pictures if picture.split is not None}
    if not splits:
        parts.cannot("Leaks across splits", "The set names no splits.")
    elif not any(is_training(split) for split in splits):
        parts.cannot(
            "Leaks into training", f"No split is called train or training: {', '.join(splits)}."
        )


def _planes(
    parts: _Parts,
    pictures: Sequence[Picture],
    observed: Sequence[Observed],
    network: PlaneNetwork | None,
) -> PlaneCheck | None:
    if network is None:
        parts.cannot(WRONG_PLANE, NO_NETWORK)
        return None
    p_plane = np.full((len(pictures), len(PLANES)), np.nan, np.float32)
    views = {number: one.view for number, one in enumerate(observed) if one.view is not None}
    if views:
        p_plane[list(views)] = network.p_plane(np.stack(list(views.values())))
    found = check_planes(pictures, p_plane, sure=network.spec.sure)
    if not found.asked:
        parts.cannot(WRONG_PLANE, NOT_EXPECTED)
    return found


def _balance(pictures: Sequence[Picture]) -> dict[str, dict[str, int]]:
    rows: dict[str, Counter[str]] = {}
    for picture in pictures:
        rows.setdefault(picture.split or "", Counter())[picture.label or "no label"] += 1
    return {split: dict(sorted(row.items())) for split, row in sorted(rows.items())}


def _cautions(
    pictures: Sequence[Picture], groups: NDArray[np.int64], duplicates: Sequence[Duplicate]
) -> list[str]:
    found = []
    if all(picture.group is None for picture in pictures):
        found.append(NO_PATIENTS)
    number, largest = len(np.unique(groups)), int(np.bincount(groups).max())
    if number < FEW_UNITS:
        found.append(f"There are {number} groups: too few for any verdict ({FEW_UNITS}).")
    if largest > LARGE_GROUP * len(pictures):
        found.append(
            f"One group holds {largest} of {len(pictures)} pictures; no split can part it."
        )
    conflicts = sum(
        pair.relation != "alike" and None not in labels and labels[0] != labels[1]
        for pair in duplicates
        for labels in [(pictures[pair.first].label, pictures[pair.second].label)]
    )
    if conflicts:
        found.append(f"{conflicts} pairs of copies bear different labels.")
    return found
