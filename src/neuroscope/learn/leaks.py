"""Name the slices that let a split be remembered instead of learned: copies across its parts.

The split parts slices by number and by hashes that do not see mirroring; the audit of data sets
does (docs/explanation/data-audit.md).
"""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.learn.dataset import listed, manifest_sha256, read_gray
from neuroscope.records.dataaudit import Duplicate
from neuroscope.records.progress import Progress, ignore
from neuroscope.reliability.dataset.duplicates import find_duplicates
from neuroscope.reliability.dataset.looks import Look, look_at

KEPT_NAME = "leaks.json"
METHOD = 1  # raise it when other pairs are found: kept results are then made anew


@dataclass(frozen=True, slots=True)
class Leaks:
    """Slices by name, ``set/file``.

    Attributes
    ----------
    train
        Training slices with a copy of, or a picture alike to, a test slice: not to be trained on.
    val
        Validation slices with one in what is left of training, or in test: nothing may be chosen on
        them.
    test
        Test slices with a copy (not: alike) in the whole of training. A network that was trained
        with all of it may have remembered them.
    """

    train: frozenset[str]
    val: frozenset[str]
    test: frozenset[str]


NONE = Leaks(frozenset(), frozenset(), frozenset())


def find_leaks(
    root: Path, *, threads: int = 2, keep: Path | None = None, progress: Progress = ignore
) -> Leaks:
    """Compare all slices of train, val and test, in all turns and mirrorings (some minutes).

    Parameters
    ----------
    root
        Folder with the split file and both sets.
    keep
        Folder in which the answer is kept for the next time.
    """
    known = keep / KEPT_NAME if keep else None
    key = f"{METHOD}:{manifest_sha256(root)}"
    if known is not None and known.is_file():
        kept = json.loads(known.read_text())
        if kept.pop("key") == key:
            return Leaks(**{name: frozenset(files) for name, files in kept.items()})
    slices = {name: split for name, split in listed(root) if split in ("train", "val", "test")}
    names = sorted(slices)

    def look(name: str) -> Look:
        return look_at(read_gray(root / name).astype(np.uint8))

    with ThreadPoolExecutor(threads) as pool:
        looks = list(pool.map(look, names))
    pairs = find_duplicates(looks, threads=threads, progress=progress)
    found = _leaks_of(names, [slices[name] for name in names], pairs)
    if known is not None:
        known.parent.mkdir(parents=True, exist_ok=True)
        plain = {name: sorted(files) for name, files in asdict(found).items()}
        known.write_text(json.dumps({"key": key, **plain}) + "\n")
    return found


def validation_copies(record: Mapping[str, Any], folder: Path, root: Path) -> frozenset[str]:
    """Name the validation slices that a run without copies did not choose by either.

    Parameters
    ----------
    record
        The ``run.json`` of the run.
    folder
        Where the run keeps its list of copies.
    """
    left_out = record.get("left_out", {}).get("val")
    return find_leaks(root, keep=folder).val if left_out else frozenset()


def _leaks_of(names: list[str], splits: list[str], pairs: Iterable[Duplicate]) -> Leaks:
    train, val, test = set[str](), set[str](), set[str]()
    beside: list[tuple[str, str]] = []  # of validation slices: the slice that looks like it
    for pair in pairs:
        for a, b in ((pair.first, pair.second), (pair.second, pair.first)):
            match splits[a], splits[b]:
                case "train", "test":
                    train.add(names[a])
                case "val", "test":
                    val.add(names[a])
                case "val", "train":
                    beside.append((names[a], names[b]))
                case "test", "train" if pair.relation != "alike":
                    test.add(names[a])
    val |= {slice_ for slice_, other in beside if other not in train}
    return Leaks(frozenset(train), frozenset(val), frozenset(test))
