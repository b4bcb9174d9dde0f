"""Name pictures that were cut in another plane than they should have been."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from neuroscope.models.plane import PLANES
from neuroscope.records.dataaudit import NOT_SURE, Picture, QualityFlag
from neuroscope.records.volume import Plane

FEWEST = 20  # surely recognized pictures of a folder that may say what is usual there
USUAL = 0.9  # share of them that must show one plane
SPELLINGS: dict[str, Plane] = {
    "axial": "axial", "ax": "axial", "transverse": "axial", "transversal": "axial",
    "tra": "axial", "coronal": "coronal", "cor": "coronal", "sagittal": "sagittal",
    "sag": "sagittal",
}  # fmt: skip
NO_NETWORK = "No network that tells planes apart is installed."
NOT_EXPECTED = (
    "No picture declares its plane, and no folder has one usual plane "
    f"({USUAL:.0%} of at least {FEWEST} recognized pictures)."
)


@dataclass(frozen=True, slots=True)
class PlaneCheck:
    """What was found, and how many pictures of every label show each plane."""

    flags: tuple[QualityFlag, ...]
    counts: dict[str, dict[str, int]]
    asked: int  # pictures with an expected plane
    cautions: tuple[str, ...]


def check_planes(
    pictures: Sequence[Picture], p_plane: NDArray[np.float32], *, sure: float
) -> PlaneCheck:
    """Compare the plane that a picture shows with the one it should.

    It should show what its owner declares, else what is usual in its folder. A picture whose plane
    is not sure is not named, nor is one of a folder that mixes planes.

    Parameters
    ----------
    p_plane
        Probabilities of `PLANES`, shape ``(n, 3)``; nan where there is no head to judge.
    sure
        The least probability of a plane that is named.
    """
    known = np.isfinite(p_plane).all(1)
    highest = np.where(known, p_plane.max(1), 0.0)
    shown = [
        PLANES[k] if p >= sure else None for k, p in zip(p_plane.argmax(1), highest, strict=True)
    ]
    usual = _usual([_folder(picture) for picture in pictures], shown)
    flags, asked = [], 0
    for number, picture in enumerate(pictures):
        declared = _declared(picture)
        expected = declared or usual.get(_folder(picture))
        asked += expected is not None
        seen = shown[number]
        if expected is None or seen is None or seen == expected:
            continue
        why = "declared" if declared else f"usual in {_folder(picture) or 'this folder'}"
        note = f"looks {seen}, {why} is {expected}"
        flags.append(QualityFlag(number, "wrong plane", float(highest[number]), note))
    return PlaneCheck(tuple(flags), _counted(pictures, shown), asked, _unknown(pictures))


def _folder(picture: Picture) -> str:
    return str(PurePosixPath(picture.file).parent)


def _declared(picture: Picture) -> Plane | None:
    return SPELLINGS.get((picture.plane or "").strip().lower())


def _usual(folders: Sequence[str], shown: Sequence[Plane | None]) -> dict[str, Plane]:
    counts: dict[str, Counter[Plane]] = {}
    for folder, plane in zip(folders, shown, strict=True):
        if plane is not None:
            counts.setdefault(folder, Counter())[plane] += 1
    found = {}
    for folder, count in counts.items():
        plane, most = count.most_common(1)[0]
        total = count.total()
        if total >= FEWEST and most >= USUAL * total:
            found[folder] = plane
    return found


def _counted(
    pictures: Sequence[Picture], shown: Sequence[Plane | None]
) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for picture, plane in zip(pictures, shown, strict=True):
        row = counts.setdefault(picture.label or "no label", dict.fromkeys((*PLANES, NOT_SURE), 0))
        row[plane or NOT_SURE] += 1
    return dict(sorted(counts.items()))


def _unknown(pictures: Sequence[Picture]) -> tuple[str, ...]:
    odd = [p.plane for p in pictures if p.plane is not None and _declared(p) is None]
    if not odd:
        return ()
    return (f"{len(odd)} pictures declare a plane that is not known here, such as {odd[0]!r}.",)
