"""Turn a cohort, a folder with a folder per case, into the raw format of nnU-Net v2."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.io.nifti import read_nifti, write_nifti
from neuroscope.io.sequence import is_label_map_name, role_from_name
from neuroscope.preprocess.label_scheme import RC, to_brats_2023
from neuroscope.preprocess.resample import resample
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.segmenterspec import CHANNELS
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

DATASET_NUMBER = 901
CHANNEL_NAMES = ("T1", "T1c", "T2", "FLAIR")  # as `models.naming` reads them, order of CHANNELS
LABELS = {
    "background": 0,
    "whole tumor": [1, 2, 3],
    "tumor core": [1, 3],
    "enhancing tumor": [3],
}
ORDER = [2, 1, 3]  # the label that each region leaves where the next does not cover it
READER = "NibabelIOWithReorient"  # all images are turned to RAS, in training and in use
ENDING = ".nii.gz"
FEWEST_CASES = 5  # nnU-Net divides them into five folds
GRID_TOLERANCE_MM = 0.01


@dataclass(frozen=True, slots=True)
class CohortCase:
    """The files of one case: a sequence for each of `CHANNELS`, and its labels."""

    name: str
    sequences: Mapping[str, Path]
    labels: Path


@dataclass(frozen=True, slots=True)
class RawDataset:
    """What was written, and what was wrong with the cohort."""

    folder: Path
    cases: tuple[str, ...]
    cautions: tuple[str, ...] = ()


def find_cases(cohort: Path) -> tuple[tuple[CohortCase, ...], tuple[str, ...]]:
    """Find the complete cases of a cohort, and say which folders are not.

    Raises
    ------
    BadInputError
        If there are fewer complete cases than nnU-Net divides into folds.
    """
    if not cohort.is_dir():
        raise BadInputError(f"There is no folder '{cohort}'.", fix="Name the folder of cases.")
    cases, cautions = [], []
    for folder in sorted(one for one in cohort.iterdir() if one.is_dir()):
        labels, sequences = _files(folder)
        lacking = [role for role in CHANNELS if role not in sequences]
        if labels is None:
            lacking.append("segmentation")
        if lacking or labels is None:
            cautions.append(f"Left out '{folder.name}': it lacks {', '.join(lacking)}.")
        else:
            cases.append(CohortCase(folder.name, sequences, labels))
    if len(cases) < FEWEST_CASES:
        raise BadInputError(
            f"The cohort has {len(cases)} complete cases; nnU-Net needs {FEWEST_CASES}. "
            f"{' '.join(cautions[:3])}".strip(),
            fix="Give a folder for each case with t1, t1c, t2, flair and segmentation as NIfTI.",
        )
    return tuple(cases), tuple(cautions)


def write_raw(
    cohort: Path,
    raw: Path,
    *,
    name: str,
    limits: Limits,
    progress: Progress = ignore,
) -> RawDataset:
    """Write a cohort as `raw/Dataset901_NAME`: images, labels (BraTS 2023) and `dataset.json`.

    Sequences and labels lie on the grid of T1 with contrast. A resection cavity becomes
    background: no region holds it.

    Raises
    ------
    BadInputError
        If there are too few complete cases, or labels follow no known scheme.
    """
    cases, cautions = find_cases(cohort)
    folder = raw / f"Dataset{DATASET_NUMBER}_{_plain(name)}"
    for inner in ("imagesTr", "labelsTr"):
        (folder / inner).mkdir(parents=True, exist_ok=True)
    said = list(cautions)
    written = []
    for number, case in enumerate(cases):
        stem = f"case{number:04d}"  # never the name of the folder, which may name a person
        said += [f"{case.name}: {text}" for text in _write_case(case, folder, stem, limits)]
        written.append(stem)
        progress((number + 1) / len(cases))
    described = {
        "channel_names": {str(n): channel for n, channel in enumerate(CHANNEL_NAMES)},
        "labels": LABELS,
        "regions_class_order": ORDER,
        "numTraining": len(cases),
        "file_ending": ENDING,
        "overwrite_image_reader_writer": READER,
    }
    (folder / "dataset.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    return RawDataset(folder, tuple(written), tuple(said))


def _files(folder: Path) -> tuple[Path | None, dict[str, Path]]:
    labels: Path | None = None
    sequences: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if not path.name.endswith((".nii.gz", ".nii")):
            continue
        if is_label_map_name(path.name):
            if "brain" not in path.name.lower():
                labels = labels or path
            continue
        role, _ = role_from_name(path.name)
        if role in CHANNELS:
            sequences.setdefault(role, path)
    return labels, sequences


def _write_case(case: CohortCase, folder: Path, stem: str, limits: Limits) -> tuple[str, ...]:
    volumes = {role: read_nifti(path, limits=limits) for role, path in case.sequences.items()}
    grid = volumes["t1c"]
    moved = []
    for number, role in enumerate(CHANNELS):
        volume = volumes[role]
        if not volume.same_grid(grid, tolerance_mm=GRID_TOLERANCE_MM):
            volume = resample(volume, grid)
            moved.append(role)
        path = folder / "imagesTr" / f"{stem}_{number:04d}{ENDING}"
        write_nifti(np.asarray(volume.voxels, np.float32), grid.affine, path)
    labels = read_nifti(case.labels, limits=limits)
    if not labels.same_grid(grid, tolerance_mm=GRID_TOLERANCE_MM):
        labels = resample(labels, grid, interpolation="nearest")
        moved.append("segmentation")
    read, findings = to_brats_2023(Volume(labels.voxels, grid.affine), t1c=grid)
    kept = np.where(read.labels == RC, 0, read.labels).astype(np.uint8)
    write_nifti(kept, grid.affine, folder / "labelsTr" / f"{stem}{ENDING}")
    cautions = [finding.text for finding in findings]
    if moved:
        cautions.append(f"On another grid than T1 with contrast, resampled: {', '.join(moved)}.")
    if (read.labels == RC).any():
        cautions.append("The resection cavity became background.")
    return tuple(cautions)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", name) or "Cohort"
