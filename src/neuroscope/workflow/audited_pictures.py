"""The pictures of a model's audit: the development sets by split, a folder, or a CSV file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.io.picture_set import list_pictures
from neuroscope.learn.dataset import FIGSHARE, MANIFEST, Entry, entries_of, known_mask, read_gray
from neuroscope.records.imported import Unreadable
from neuroscope.reliability.audited import Case, case_of
from neuroscope.reliability.dataset.split import is_training
from neuroscope.settings import Limits

Pixels = NDArray[np.number]
Mask = NDArray[np.bool_]
Read = Callable[[int], tuple[Pixels, Mask | None]]


@dataclass(frozen=True, slots=True)
class Named:
    """What is known of a picture before it is read."""

    file: str
    label: str | None
    split: str
    patient: str
    source: str  # empty where the set does not say
    has_outline: bool


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """A set whose pictures are read one at a time."""

    name: str
    named: tuple[Named, ...]
    read: Read
    grouped_by: str
    refused: tuple[Unreadable, ...] = ()
    cautions: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.named)

    def case(self, number: int) -> Case | Unreadable:
        """Read a picture and look at it; or say why it cannot be read."""
        named = self.named[number]
        try:
            pixels, mask = self.read(number)
        except (BadInputError, OSError) as error:
            problem = error.problem if isinstance(error, BadInputError) else "It cannot be read."
            fix = error.fix if isinstance(error, BadInputError) else "Look at the file."
            return Unreadable(named.file, problem, fix)
        return case_of(
            named.file,
            pixels,
            label=named.label,
            patient=named.patient,
            split=named.split,
            tumor=mask,
            tumor_from="reader" if mask is not None else "not known",
        )

    def thinned(self, most: int) -> "Pictures":
        """Keep at most so many, as many of every label as there are, outlined ones first."""
        rows = self.chosen(most)
        return replace(
            self,
            named=tuple(self.named[n] for n in rows),
            read=lambda number: self.read(rows[number]),
        )

    def chosen(self, most: int) -> list[int]:
        """Choose so many numbers, as `thinned` does."""
        return spread([named.label or "" for named in self.named], self._rank(), most)

    def _rank(self) -> list[tuple[int, int]]:
        """Put pictures with an outline first, and the first of every patient before the second."""
        seen: dict[str, int] = {}
        ranks = []
        for named in self.named:
            seen[named.patient] = seen.get(named.patient, 0) + 1
            ranks.append((int(not named.has_outline), seen[named.patient]))
        return ranks


def spread(labels: Sequence[str], rank: Sequence[tuple[int, int]], most: int) -> list[int]:
    """Choose at most so many numbers, labels in turn, of each label those of least rank first."""
    order: dict[str, list[int]] = {}
    for number in sorted(range(len(labels)), key=lambda n: (rank[n], n)):
        order.setdefault(labels[number], []).append(number)
    queues = [order[label] for label in sorted(order)]
    chosen: list[int] = []
    for turn in range(max((len(queue) for queue in queues), default=0)):
        chosen += [queue[turn] for queue in queues if turn < len(queue)]
    return sorted(chosen[:most])


def pictures_of(given: Path, *, split: str, limits: Limits) -> Pictures:
    """List the pictures to audit a model on.

    Parameters
    ----------
    given
        The development data (a folder with its split file), another folder of pictures, or a CSV
        file that lists them (`io.picture_set.list_pictures`).
    split
        Of the development data; of another set that names splits, all but training if ``test``.

    Raises
    ------
    BadInputError
        If there is nothing there.
    """
    if (given / MANIFEST).is_file():
        return _development(given, split)
    listed = list_pictures(given, limits=limits)
    rows = list(range(len(listed.pictures)))
    cautions = list(listed.cautions)
    if split == "test" and any(not is_training(p.split) for p in listed.pictures):
        rows = [n for n in rows if not is_training(listed.pictures[n].split)]
        left = len(listed.pictures) - len(rows)
        if left:
            cautions.append(f"{left} pictures that were trained on were left out.")
    has_group = any(listed.pictures[n].group is not None for n in rows)
    if not has_group:
        cautions.append("The set names no patients: every picture counts as one.")

    def named(number: int) -> Named:
        picture = listed.pictures[number]
        mask = listed.masks[number] if listed.masks else None
        return Named(
            picture.file,
            picture.label,
            picture.split or "",
            picture.group or picture.file,
            "",
            mask is not None,
        )

    def read(number: int) -> tuple[Pixels, Mask | None]:
        row = rows[number]
        return listed.read(row, limits=limits), listed.read_mask(row, limits=limits)

    return Pictures(
        listed.name,
        tuple(named(number) for number in rows),
        read,
        "patient" if has_group else "picture",
        listed.refused,
        tuple(cautions),
    )


def _development(root: Path, split: str) -> Pictures:
    entries = [entry for entry in entries_of(root) if entry.split == split]
    if not entries:
        raise BadInputError(f"No slice belongs to the split {split!r}.", fix="Use test or val.")

    def read(number: int) -> tuple[Pixels, Mask | None]:
        entry = entries[number]
        pixels = read_gray(root / entry.source / entry.file)
        mask, is_known = known_mask(root, entry, pixels)
        return pixels, mask if is_known and entry.label != "notumor" else None

    return Pictures(
        f"development sets, {split}",
        tuple(_named(entry) for entry in entries),
        read,
        "range of the figshare set, or group of near copies: patients are not public",
    )


def _named(entry: Entry) -> Named:
    outlined = bool(entry.twin) or entry.label == "notumor" or entry.source == FIGSHARE
    return Named(entry.name, entry.label, entry.split, entry.unit, entry.source, outlined)
