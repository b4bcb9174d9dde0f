"""List a set of labeled pictures: a folder with a sub-folder for each class, or a CSV file."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, TooLargeError
from neuroscope.io.earlier_results import belongs_to_result, result_folders
from neuroscope.io.images import read_image
from neuroscope.records.arrays import Array
from neuroscope.records.dataaudit import Picture
from neuroscope.records.imported import Unreadable
from neuroscope.records.volume import Slice
from neuroscope.settings import Limits

SUFFIXES = {".png", ".jpg", ".jpeg"}
SPLITS = {"train", "training", "val", "valid", "validation", "test", "testing", "guard"}
MASK_FOLDERS = {"mask", "masks"}
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "file": ("file", "path", "image", "filename", "image_path"),
    "label": ("label", "class", "target", "diagnosis"),
    "split": ("split", "published_split", "set_split", "subset", "fold"),
    "group": ("patient", "patient_id", "pid", "subject", "unit", "group"),
    "mask": ("mask", "mask_path", "outline", "segmentation"),
    "plane": ("plane", "view", "orientation"),
}
MASK_ENDINGS = ("_mask", "-mask", "_seg")


@dataclass(frozen=True, slots=True)
class PictureSet:
    """The pictures of a set and where they lie; nothing was decoded."""

    name: str
    pictures: tuple[Picture, ...]
    paths: tuple[Path, ...]
    refused: tuple[Unreadable, ...]
    cautions: tuple[str, ...]
    masks: tuple[Path | None, ...] = ()  # outline of the tumor in each picture; empty if none is

    def read(self, number: int, *, limits: Limits) -> Array:
        """Read the gray values of a picture (see `io.images.read_image`)."""
        return read_image(self.paths[number], limits=limits).pixels

    def read_slice(self, number: int, *, limits: Limits) -> Slice:
        """Read a picture as a slice that is called as its file is."""
        name = self.pictures[number].file
        stem = "__".join(PurePosixPath(name).with_suffix("").parts)
        return replace(read_image(self.paths[number], limits=limits, name=stem), file=name)

    def read_mask(self, number: int, *, limits: Limits) -> NDArray[np.bool_] | None:
        """Read where a tumor was outlined: whatever is brighter than 0; None without a file."""
        path = self.masks[number] if self.masks else None
        return None if path is None else read_image(path, limits=limits).pixels > 0


def list_pictures(given: Path, *, limits: Limits) -> PictureSet:
    """List the pictures of a folder, or those that a CSV file names.

    In a folder, a sub-folder named as a split (train, val, test …) is the split, and the deepest
    other one the label. A CSV file has a column for the file, relative to it, and may have columns
    for label, split, patient, mask and plane (`COLUMNS`).

    Raises
    ------
    BadInputError
        If there is nothing there, or the file has no column that names files.
    TooLargeError
        Beyond the limit of files.
    """
    if given.is_dir():
        return _of_folder(given, limits)
    if given.is_file() and given.suffix.lower() == ".csv":
        return _of_manifest(given, limits)
    raise BadInputError(
        f"'{given.name}' is neither a folder nor a CSV file.",
        fix="Give a folder of PNG or JPEG slices, or a CSV file that lists them.",
    )


def _of_folder(folder: Path, limits: Limits) -> PictureSet:
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    results = result_folders(
        {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.json")}
    )
    paths = [
        path
        for path in paths
        if not belongs_to_result(path.relative_to(folder).as_posix(), results)
    ]
    named = [PurePosixPath(path.relative_to(folder).as_posix()) for path in paths]
    masks = [any(part.lower() in MASK_FOLDERS for part in one.parts[:-1]) for one in named]
    pictures = [_placed(one) for one in named]
    cautions = [f"{sum(masks)} pictures in folders of masks were left out."] if any(masks) else []
    keep = [number for number, mask in enumerate(masks) if not mask]
    _check_number(len(keep), limits)
    return PictureSet(
        name=folder.resolve().name,
        pictures=tuple(pictures[n] for n in keep),
        paths=tuple(paths[n] for n in keep),
        refused=(),
        cautions=tuple(cautions),
        masks=tuple(_masks_beside([named[n] for n in keep], named, paths, masks)),
    )


def _masks_beside(
    kept: Sequence[PurePosixPath],
    named: Sequence[PurePosixPath],
    paths: Sequence[Path],
    is_mask: Sequence[bool],
) -> Iterator[Path | None]:
    """Find the mask of every picture by its name; several masks of one name count as none."""
    of_stem: dict[str, list[Path]] = {}
    for name, path, mask in zip(named, paths, is_mask, strict=True):
        if mask:
            of_stem.setdefault(_bare(name.stem), []).append(path)
    twice = {stem for stem, n in Counter(name.stem for name in kept).items() if n > 1}
    for name in kept:
        found = of_stem.get(name.stem, [])
        yield found[0] if len(found) == 1 and name.stem not in twice else None


def _bare(stem: str) -> str:
    for ending in MASK_ENDINGS:
        stem = stem.removesuffix(ending)
    return stem


def _placed(name: PurePosixPath) -> Picture:
    folders = name.parts[:-1]
    splits = [part for part in folders if part.lower() in SPLITS]
    others = [part for part in folders if part.lower() not in SPLITS]
    return Picture(
        file=str(name),
        label=others[-1] if others else None,
        split=splits[0].lower() if splits else None,
    )


def _of_manifest(path: Path, limits: Limits) -> PictureSet:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            columns = _columns(reader.fieldnames or ())
            rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInputError(
            f"'{path.name}' is no CSV file in UTF-8.", fix="Save it as CSV, UTF-8, with commas."
        ) from error
    _check_number(len(rows), limits)
    pictures, paths, refused, masks = [], [], [], list[Path | None]()
    folder = path.parent.resolve()
    for line, row in rows:
        given = {name: (row.get(column) or "").strip() for name, column in columns.items()}
        place = folder / given["file"]
        if not given["file"] or not place.resolve().is_relative_to(folder):
            refused.append(_outside(given["file"] or f"line {line}"))
        elif not place.is_file():
            refused.append(_not_there(given["file"]))
        else:
            known = {name: given.get(name) or None for name in ("label", "split", "group", "plane")}
            pictures.append(Picture(given["file"], **known))
            paths.append(place)
            mask = folder / given["mask"] if given.get("mask") else None
            if mask is not None and not mask.resolve().is_relative_to(folder):
                refused.append(_outside(given["mask"]))
                mask = None
            masks.append(mask)
    return PictureSet(
        name=path.stem,
        pictures=tuple(pictures),
        paths=tuple(paths),
        refused=tuple(refused),
        cautions=tuple(_twice(pictures)),
        masks=tuple(masks),
    )


def _columns(names: Sequence[str]) -> dict[str, str]:
    by_name = {name.strip().lower(): name for name in names}
    found = {
        meaning: by_name[known[0]]
        for meaning, spellings in COLUMNS.items()
        if (known := [name for name in spellings if name in by_name])
    }
    if "file" not in found:
        raise BadInputError(
            f"No column of the CSV file names files; it has {', '.join(names) or 'no columns'}.",
            fix="Call the column with the files 'file'.",
        )
    return found


def _twice(pictures: Sequence[Picture]) -> list[str]:
    counts = Counter(picture.file for picture in pictures)
    twice = sum(count > 1 for count in counts.values())
    return [f"{twice} files are listed more than once."] if twice else []


def _outside(name: str) -> Unreadable:
    return Unreadable(
        name,
        "The CSV file names no file within its own folder.",
        "Put the CSV file above the pictures, and name them relative to it.",
    )


def _not_there(name: str) -> Unreadable:
    return Unreadable(name, "The file is not there.", "Check the name in the CSV file.")


def _check_number(number: int, limits: Limits) -> None:
    if number == 0:
        raise BadInputError(
            "There are no pictures.", fix="Give PNG or JPEG slices, in a folder for each class."
        )
    if number > limits.files:
        raise TooLargeError(
            f"There are {number} pictures; the limit is {limits.files}.",
            fix="Audit parts of the set.",
        )
