"""Read the two-dimensional development sets into arrays, split as `joint_split.csv` says.

The sets are private: nothing read here is ever written into the repository.
"""

import csv
import hashlib
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neuroscope.errors import BadInputError
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.preprocess.slice_input import PreparedSlice, prepare_slice

FIGSHARE = "mri2d_masks_figshare"
FOUR_CLASS = "mri2d_4class"
MANIFEST = "joint_split.csv"
SAME_PICTURE = 0.97  # correlation above which a 4-class image is taken for its figshare twin


@dataclass(frozen=True, slots=True, eq=False)
class SliceSet:
    """Prepared slices as arrays; row n of every array is slice n."""

    images: NDArray[np.uint8]  # (n, size, size), 255 is gray value 1
    heads: NDArray[np.bool_]  # (n, size, size)
    masks: NDArray[np.uint8]  # (n, size, size), 255 where the tumor covers the pixel
    has_mask: NDArray[np.bool_]  # (n,); notumor slices have a true, empty mask
    head_fractions: NDArray[np.float64]  # (n,), share of the original picture the head fills
    labels: NDArray[np.int64]  # (n,), index into CLASS_NAMES
    sources: NDArray[Any]  # (n,), name of the set
    units: NDArray[Any]  # (n,), unit of the split and of the bootstrap
    splits: NDArray[Any]  # (n,)
    files: NDArray[Any]  # (n,), below the set's folder

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def names(self) -> list[str]:
        """Every slice as ``set/file``."""
        return [f"{source}/{file}" for source, file in zip(self.sources, self.files, strict=True)]

    def select(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "SliceSet":
        """Keep some rows."""
        return SliceSet(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Entry:
    """One slice of the split file."""

    source: str
    file: str
    label: str
    unit: str
    split: str
    twin: str  # figshare id of a 4-class image that is a figshare slice, else ""

    @property
    def name(self) -> str:
        """Give it as ``set/file``."""
        return f"{self.source}/{self.file}"


def manifest_sha256(root: Path) -> str:
    """Hash the split, so that a run can name the data it saw."""
    return hashlib.sha256((root / MANIFEST).read_bytes()).hexdigest()


def load_slices(
    root: Path,
    *,
    splits: Collection[str],
    size: int,
    most: int | None = None,
    leave_out: Collection[str] = (),
) -> SliceSet:
    """Load every slice of the named splits from both sets.

    Parameters
    ----------
    root
        Folder that holds the split file and the two sets.
    splits
        Any of ``train val test guard``.
    size
        Side of the prepared slices in pixels.
    most
        Load at most so many slices of each set and class, evenly over the split file.
    leave_out
        Slices to leave out, as ``set/file``: copies across the parts of the split (`leaks.py`).

    Raises
    ------
    BadInputError
        If the folder lacks the split file, or no slice belongs to these splits.
    """
    if not (root / MANIFEST).is_file():
        raise BadInputError(
            f"The data folder holds no {MANIFEST}.",
            fix="Set NEUROSCOPE_DATA (or --data) to the folder of the development sets.",
        )
    entries = [
        entry for entry in entries_of(root) if entry.split in splits and entry.name not in leave_out
    ]
    if not entries:
        raise BadInputError(
            f"No slice belongs to the splits {sorted(splits)}.",
            fix="Use train, val, test or guard.",
        )
    if most is not None:
        entries = _thinned(entries, most)
    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(lambda entry: _load(root, entry, size), entries))
    images, heads, masks, has_mask, fractions = zip(*rows, strict=True)
    return SliceSet(
        images=np.stack(images),
        heads=np.stack(heads),
        masks=np.stack(masks),
        has_mask=np.array(has_mask),
        head_fractions=np.array(fractions),
        labels=np.array([CLASS_NAMES.index(entry.label) for entry in entries], np.int64),
        sources=np.array([entry.source for entry in entries]),
        units=np.array([entry.unit for entry in entries]),
        splits=np.array([entry.split for entry in entries]),
        files=np.array([entry.file for entry in entries]),
    )


def listed(root: Path) -> list[tuple[str, str]]:
    """List every slice of the split file as ``set/file`` with its split."""
    return [(entry.name, entry.split) for entry in entries_of(root)]


def read_gray(path: Path) -> NDArray[np.float32]:
    """Read a JPEG or PNG as gray values, shape ``(rows, columns)``."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L"), np.float32)


def read_mask(root: Path, figshare_id: str) -> NDArray[np.bool_]:
    """Read a tumor mask of the figshare set, shape ``(rows, columns)``."""
    with Image.open(root / FIGSHARE / "masks" / f"{figshare_id}.png") as picture:
        return np.asarray(picture.convert("L")) > 0


def _thinned(entries: list[Entry], most: int) -> list[Entry]:
    groups: dict[tuple[str, str], list[int]] = {}
    for number, entry in enumerate(entries):
        groups.setdefault((entry.source, entry.label), []).append(number)
    kept = {
        group[n]
        for group in groups.values()
        for n in np.linspace(0, len(group) - 1, min(most, len(group))).round().astype(int)
    }
    return [entry for number, entry in enumerate(entries) if number in kept]


def entries_of(root: Path) -> list[Entry]:
    """List the slices of the split file."""
    twins = _twins(root)
    with (root / MANIFEST).open(newline="") as stream:
        return [
            Entry(
                source=row["set"],
                file=row["file"],
                label=row["label"],
                unit=row["unit"],
                split=row["split"],
                twin=twins.get(row["file"], "") if row["set"] == FOUR_CLASS else "",
            )
            for row in csv.DictReader(stream)
        ]


def _twins(root: Path) -> dict[str, str]:
    """Map 4-class files to the figshare slice they are copies of."""
    known = {path.stem for path in (root / FIGSHARE / "masks").glob("*.png")}
    with (root / FOUR_CLASS / "index.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    named = {row["file"]: f"fig_{int(row['figshare_match']):04d}" for row in rows}
    return {file: twin for file, twin in named.items() if twin in known}


def _load(
    root: Path, entry: Entry, size: int
) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.uint8], bool, float]:
    pixels = read_gray(root / entry.source / entry.file)
    prepared = prepare_slice(pixels, size=size)
    mask, has_mask = known_mask(root, entry, pixels)
    cover = resample_like(prepared, mask.astype(np.float32))
    image = np.round(prepared.image * 255).astype(np.uint8)
    covered = np.round(cover * 255).astype(np.uint8)
    return image, prepared.head, covered, has_mask, prepared.head_fraction


def known_mask(
    root: Path, entry: Entry, pixels: NDArray[np.float32]
) -> tuple[NDArray[np.bool_], bool]:
    """Find the tumor of a slice: its mask, and whether there is one (empty without tumor)."""
    nothing = np.zeros(pixels.shape, bool)
    if entry.label == "notumor":
        return nothing, True
    if entry.source == FIGSHARE:
        return read_mask(root, Path(entry.file).stem), True
    if not entry.twin:
        return nothing, False
    original = read_gray(root / FIGSHARE / "images" / f"{entry.twin}.jpg")
    rows, columns = pixels.shape
    shrunk = Image.fromarray(original).resize((columns, rows), Image.Resampling.BILINEAR)
    alike = np.corrcoef(np.asarray(shrunk).ravel(), pixels.ravel())[0, 1]
    if alike < SAME_PICTURE:
        return nothing, False
    mask = Image.fromarray(read_mask(root, entry.twin).astype(np.float32))
    return np.asarray(mask.resize((columns, rows), Image.Resampling.BILINEAR)) > 0.5, True


def resample_like(prepared: PreparedSlice, plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Carry a plane of the original image onto the grid of its prepared slice (box-averaged).

    Parameters
    ----------
    plane
        Values on the original pixels, shape of the original image.

    Returns
    -------
    NDArray[np.float32]
        Shape ``(size, size)``; zero where the prepared slice lies outside the original.
    """
    size = prepared.image.shape[0]
    step = float(prepared.to_pixels[0, 0])
    top, left = (float(prepared.to_pixels[axis, 2]) - step / 2 + 0.5 for axis in (0, 1))
    reach = int(np.ceil(max(0.0, -top, -left, top + step * size, left + step * size))) + 1
    padded = Image.fromarray(np.pad(plane, reach))
    corner = (left + reach, top + reach)
    box = (*corner, corner[0] + step * size, corner[1] + step * size)
    return np.asarray(padded.resize((size, size), Image.Resampling.BOX, box=box), np.float32)
