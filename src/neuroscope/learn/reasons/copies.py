"""Find held-out patients of whom a picture is trained on, mirrored, turned or resized as well.

Whoever kept a copy of a trained slice for the certificate would test what was remembered. The
search is that of the data audit (docs/explanation/data-audit.md).
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from neuroscope.learn.reasons.cases import Cases
from neuroscope.records.progress import Progress, ignore
from neuroscope.reliability.dataset.duplicates import find_duplicates
from neuroscope.reliability.dataset.looks import look_at

TRAINED, KEPT = 0, 1
TOLD = (
    "{} held-out patients ({} slices) left the certificate: the training has copies of pictures of "
    "theirs (as they are, mirrored, turned, resized or moved)."
)


def copied_patients(
    trained: Sequence[Cases],
    kept: Sequence[Cases],
    *,
    threads: int = 2,
    progress: Progress = ignore,
) -> frozenset[str]:
    """Name the units of ``kept`` of whom a picture has a copy among the trained ones.

    Pictures that are only alike, such as neighbors of one patient, are no copies.

    Parameters
    ----------
    trained, kept
        Slices prepared to one size.
    """
    parts = [(TRAINED, cases) for cases in trained] + [(KEPT, cases) for cases in kept]
    sides = [side for side, cases in parts for _ in range(len(cases))]
    units = [str(unit) for _, cases in parts for unit in cases.units]
    looks = [look_at(image) for _, cases in parts for image in cases.images]
    pairs = find_duplicates(looks, sides=sides, threads=threads, progress=progress)
    copies = (pair for pair in pairs if pair.relation != "alike")
    return frozenset(
        units[n] for pair in copies for n in (pair.first, pair.second) if sides[n] == KEPT
    )


def rows_without(cases: Cases, patients: Iterable[str]) -> NDArray[np.int64]:
    """Give the rows of all other patients."""
    return np.flatnonzero(~np.isin(cases.units.astype(str), sorted(patients)))


def told(patients: frozenset[str], *kept: Cases) -> tuple[str, ...]:
    """Say who left, and how much; nothing if nobody did."""
    if not patients:
        return ()
    left = sum(len(cases) - len(rows_without(cases, patients)) for cases in kept)
    return (TOLD.format(len(patients), left),)
