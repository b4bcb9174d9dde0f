"""Measure what the data audit finds: planted copies, known groups, and how long it takes.

Needs `NEUROSCOPE_DATA`. Thresholds are looked at on slices of one half and reported on the other.
"""

import csv
import io
import os
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from measuring import Answer, Row, row, write
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.models.plane import load_plane
from neuroscope.records.dataaudit import Duplicate, Picture
from neuroscope.reliability.dataset.duplicates import find_duplicates
from neuroscope.reliability.dataset.groups import completeness, rand_index
from neuroscope.reliability.dataset.looks import look_at
from neuroscope.settings import Limits
from neuroscope.workflow.data_audit import audit_set, list_given

FIGSHARE, FOUR_CLASS = "mri2d_masks_figshare", "mri2d_4class"
PLANTED = 200
VOLUMES = ("*/*t1c*.nii*", "*/*flair*.nii*")
SLICES = range(50, 110)  # 1 mm apart: the hardest pictures that are no copies

Gray = NDArray[np.uint8]


def main() -> None:
    """Measure and write `results/data_audit.json`."""
    load = os.getloadavg()[0]
    root = Path(os.environ["NEUROSCOPE_DATA"])
    rows, notes = [], []
    for half, name in ((0, "half looked at"), (1, "half reported")):
        part, said = planted(root, half)
        rows += [Row(f"{r.name}, {name}", r.value, r.unit, r.n, r.least, r.most, r.target)
                 for r in part]  # fmt: skip
        notes.append(f"{name.capitalize()}: {said}")
    part, found = four_class(root)
    rows += part
    notes += found
    write(Answer("What does the data audit find?", rows, notes), "data_audit", load)


def planted(root: Path, half: int) -> tuple[list[Row], str]:
    """Plant copies of each kind among slices that are none, and look for them."""
    rng = np.random.default_rng(half)
    base = [*_figshare(root, half), *_neighbors(root, half)]
    pictures, origin = list(base), list(range(len(base)))
    kind_of: dict[int, str] = {}
    for kind, change in KINDS.items():
        for number in rng.choice(len(base), PLANTED, replace=False).tolist():
            kind_of[len(pictures)] = kind
            pictures.append(change(base[number], rng))
            origin.append(number)
    found = find_duplicates([look_at(picture) for picture in pictures])
    copies = [pair for pair in found if pair.relation != "alike"]
    true = [pair for pair in copies if origin[pair.first] == origin[pair.second]]
    linked = {pair.second for pair in true if pair.first == origin[pair.second]}
    rows = [
        row(
            f"recall of copies: {kind}",
            [float(np.mean([n in linked for n, k in kind_of.items() if k == kind]))],
            "",
            target=">= 0.95",
        )
        for kind in KINDS
    ]
    rows.append(row("precision of copies", [len(true) / len(copies)], "", target=">= 0.99"))
    return rows, _margins(found, origin, len(base), len(copies) - len(true))


def _margins(found: tuple[Duplicate, ...], origin: list[int], base: int, wrong: int) -> str:
    same = [pair for pair in found if origin[pair.first] == origin[pair.second]]
    others = [pair for pair in found if origin[pair.first] != origin[pair.second]]
    return (
        f"{base} slices that are no copies, {PLANTED} copies of each kind. Lowest correlation of "
        f"a planted pair {min(p.overall for p in same):.3f} "
        f"(local {min(p.local for p in same):.3f}); "
        f"highest of another pair {max((p.overall for p in others), default=0):.3f} "
        f"(local {max((p.local for p in others), default=0):.3f}); {wrong} wrong pairs."
    )


def _figshare(root: Path, half: int) -> Iterator[Gray]:
    with (root / FIGSHARE / "index.csv").open(newline="") as stream:
        names = [line["id"] for line in csv.DictReader(stream)]
    middle = len(names) // 2
    for name in names[:middle] if half == 0 else names[middle:]:
        with Image.open(root / FIGSHARE / "images" / f"{name}.jpg") as picture:
            yield np.asarray(picture.convert("L"))


def _neighbors(root: Path, half: int) -> Iterator[Gray]:
    paths = sorted(path for pattern in VOLUMES for path in (root / "brats3d").glob(pattern))
    for path in paths[half::2]:
        image = nib.Nifti1Image.from_filename(path)
        voxels = np.asarray(image.dataobj, np.float32)
        scaled = np.clip(voxels / np.quantile(voxels[voxels > 0], 0.995), 0, 1) * 255
        for index in SLICES:
            yield scaled[:, :, index].T.astype(np.uint8)


def _saved(gray: Gray, quality: int) -> Gray:
    stream = io.BytesIO()
    Image.fromarray(gray).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


def _smaller(gray: Gray) -> Gray:
    rows, columns = gray.shape
    picture = Image.fromarray(gray)
    size = (round(columns * 0.8), round(rows * 0.8))
    return _saved(np.asarray(picture.resize(size, Image.Resampling.BICUBIC)), 90)


def _gamma(gray: Gray) -> Gray:
    return _saved((255 * (gray / 255.0) ** 1.1).round().astype(np.uint8), 90)


def _moved(gray: Gray, rng: np.random.Generator) -> Gray:
    down, across = rng.choice([(3, 0), (0, 3), (-3, 0), (0, -3), (3, -3), (-3, 3)])
    return _saved(ndimage.shift(gray, (down, across), order=0), 90)


KINDS: dict[str, Callable[[Gray, np.random.Generator], Gray]] = {
    "JPEG quality 70": lambda gray, _: _saved(gray, 70),
    "resized to .8": lambda gray, _: _smaller(gray),
    "gamma 1.1": lambda gray, _: _gamma(gray),
    "flipped left-right": lambda gray, _: _saved(gray[:, ::-1], 90),
    "flipped up-down": lambda gray, _: _saved(gray[::-1], 90),
    "shifted by 3 pixels": _moved,
}


def four_class(root: Path) -> tuple[list[Row], list[str]]:
    """Audit 6,024 real slices, and compare groups with those that came with them."""
    manifest = root / FOUR_CLASS / "index.csv"
    listed = list_given(manifest, limits=Limits())
    with manifest.open(newline="") as stream:
        known = {line["file"]: line["near_dup_group"] for line in csv.DictReader(stream)}
    wall, cpu = time.perf_counter(), _processor_seconds()
    audit = audit_set(listed, planes=load_plane(SHIPPED_WEIGHTS), threads=2)
    wall, cpu = time.perf_counter() - wall, _processor_seconds() - cpu
    groups, given = np.array(audit.groups), np.array([known[p.file] for p in audit.pictures])
    rows = [
        row("6,024 slices audited", [wall], "s", target="<= 60"),
        row("6,024 slices audited, processor time of both cores", [cpu], "s"),
        row("pairs of near_dup_group in one group", [completeness(groups, given)], "", target="1"),
        row("Rand index with near_dup_group", [rand_index(groups, given)], ""),
    ]
    counts = {name: line["pairs"] for name, line in audit.counts().items()}
    asked = sum(p.split == "Testing" for p in audit.pictures)
    notes = [
        f"Four-class set: {counts}; {sum(audit.leaked)} of {asked} published test pictures leak.",
        _joint(root, audit.pictures, groups, audit.duplicates),
    ]
    return rows, notes


def _processor_seconds() -> float:
    """Give the processor time of this process and of those that it started and that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _joint(
    root: Path,
    pictures: tuple[Picture, ...],
    groups: NDArray[np.int64],
    pairs: tuple[Duplicate, ...],
) -> str:
    """Say how far the split that the shipped network was trained on leaks."""
    with (root / "joint_split.csv").open(newline="") as stream:
        split = {r["file"]: r["split"] for r in csv.DictReader(stream) if r["set"] == FOUR_CLASS}
    places = np.array([split.get(picture.file, "") for picture in pictures])
    trained = np.isin(groups, groups[places == "train"])
    copied = set()
    for pair in pairs:
        ends = (pair.first, pair.second)
        if pair.relation != "alike" and {places[n] for n in ends} == {"train", "test"}:
            copied |= {n for n in ends if places[n] == "test"}
    test = places == "test"
    return (
        f"joint_split.csv, four-class part: of {int(test.sum())} test slices {len(copied)} have a "
        f"copy in train, {int((test & trained).sum())} share a group with a training slice."
    )


if __name__ == "__main__":
    main()
