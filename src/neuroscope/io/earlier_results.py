"""Our own results among the files that were given: known by their mark, never read as images.

`neuroscope analyze X --out X/result` leaves maps and overlays in the folder of the images. Read
again with it, they would be taken for slices of the patient.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

RESULT, REPORT, TABLE, EVIDENCE = "result.json", "report.pdf", "predictions.csv", "evidence"
SEGMENTATION, UNCERTAINTY = "segmentation.nii.gz", "uncertainty.nii.gz"
NATIVE_SEGMENTATION = "segmentation_{}.nii.gz"  # by role, on the own grid of a sequence
MEASUREMENTS, MEASUREMENTS_TABLE = "measurements.json", "measurements.csv"
SURFACES = "surfaces.glb"
NAMES = frozenset(
    {
        RESULT, REPORT, TABLE, EVIDENCE, SEGMENTATION, UNCERTAINTY, MEASUREMENTS,
        MEASUREMENTS_TABLE, SURFACES,
    }
)  # fmt: skip
MARK = "neuroscope/result/"  # `schema` of every result.json: this and the number of the version
VOLUMETRY_MARK = "neuroscope/volumetry/"  # that of measurements.json, which may stand alone
MARKED = (RESULT, MEASUREMENTS)
_HEAD_BYTES = 256
_MARKED = re.compile(
    rb'\s*\{\s*"schema"\s*:\s*"(' + MARK.encode() + b"|" + VOLUMETRY_MARK.encode() + rb')\d+"'
)


def is_result(path: Path) -> bool:
    """Tell whether a file is a result.json or measurements.json of ours, by its first member."""
    try:
        with path.open("rb") as file:
            return _MARKED.match(file.read(_HEAD_BYTES)) is not None
    except OSError:
        return False


def is_named_as_result(name: str) -> bool:
    """Tell whether a result has a file or folder of this name.

    Parameters
    ----------
    name
        Relative to the folder that may hold a result.
    """
    top, *below = PurePosixPath(name).parts or ("",)
    if below:
        return top == EVIDENCE and len(below) == 1 and below[0].endswith((".npy", ".png"))
    is_volume = top.startswith(("evidence", "segmentation_")) and top.endswith(".nii.gz")
    return top in NAMES or is_volume


def result_folders(files: Mapping[str, Path]) -> tuple[str, ...]:
    """Find the folders that hold a result of ours.

    Parameters
    ----------
    files
        Where the file of each name lies; names are relative, with forward slashes.
    """
    return tuple(
        dict.fromkeys(
            str(PurePosixPath(name).parent)
            for name, path in files.items()
            if PurePosixPath(name).name in MARKED and is_result(path)
        )
    )


def belongs_to_result(name: str, folders: Iterable[str]) -> bool:
    """Tell whether a file is part of the result in one of these folders; other files are not."""
    path = PurePosixPath(name)
    return any(
        path.is_relative_to(folder) and is_named_as_result(str(path.relative_to(folder)))
        for folder in folders
    )
