"""Turn a cohort, a folder with a folder per case, into the raw format of nnU-Net v2.

Cases are prepared as studies are in use, and the images are what `stacked` gives the model there: 0
outside the brain, so that it never learns from a skull that it will not see.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.io.nifti import read_nifti, write_nifti
from neuroscope.io.sequence import is_label_map_name, role_from_name
from neuroscope.models.oriented import stacked
from neuroscope.preprocess.contract import is_prepared
from neuroscope.preprocess.label_scheme import (
    RC,
    SCHEMES,
    LabelReading,
    cohort_scheme,
    named_scheme,
    read_scheme,
    to_brats_2023,
    whole_labels,
)
from neuroscope.preprocess.prepare import (
    GRID_TOLERANCE_MM,
    BrainExtractor,
    brain_left,
    in_frame,
    prepare,
)
from neuroscope.preprocess.resample import resample
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prepared import Prepared
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.segmenterspec import CHANNELS
from neuroscope.records.study import Role, Series, Study
from neuroscope.records.transform import IDENTITY
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
ORIENTATION = "RAS"
ENDING = ".nii.gz"
FEWEST_CASES = 5  # nnU-Net divides them into five folds
READ = 0.2  # how far it has come when the labels are understood


@dataclass(frozen=True, slots=True)
class CohortCase:
    """The files of one case: a sequence for each of `CHANNELS`, and its labels."""

    name: str
    sequences: Mapping[Role, Path]
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
    _require_enough(len(cases), cautions)
    return tuple(cases), tuple(cautions)


def scheme_of(
    cases: Sequence[CohortCase], scheme: str, limits: Limits, progress: Progress = ignore
) -> LabelReading:
    """Find the one scheme that the labels of all cases follow.

    Raises
    ------
    BadInputError
        If labels follow no known scheme (or not the named one), or cases contradict each other.
    """
    readings = {}
    for number, case in enumerate(cases):
        labels = read_nifti(case.labels, limits=limits)
        try:
            whole = whole_labels(labels.voxels)
            if scheme:
                readings[case.name] = named_scheme(scheme, whole)
            else:
                t1c = read_nifti(case.sequences["t1c"], limits=limits)
                if not labels.same_grid(t1c, tolerance_mm=GRID_TOLERANCE_MM):
                    whole = resample(
                        Volume(whole, labels.affine), t1c, interpolation="nearest"
                    ).voxels
                readings[case.name] = read_scheme(whole, t1c.voxels)
        except BadInputError as error:
            raise BadInputError(f"Case '{case.name}': {error.problem}", fix=error.fix) from error
        progress((number + 1) / len(cases))
    return named_scheme(scheme, np.zeros(1)) if scheme else cohort_scheme(readings)


def write_raw(
    cohort: Path,
    raw: Path,
    *,
    name: str,
    limits: Limits,
    scheme: str = "",
    extract_brain: BrainExtractor | None = None,
    progress: Progress = ignore,
) -> RawDataset:
    """Write a cohort as `raw/Dataset901_NAME`: images, labels (BraTS 2023) and `dataset.json`.

    Sequences and labels lie on the grid of the reference, T1 with contrast. A resection cavity
    becomes background: no region holds it. Cases that cannot be prepared are left out and named.

    Parameters
    ----------
    scheme
        Of the labels of all cases, a key of `SCHEMES`; empty finds it from all cases together.
    extract_brain
        Finds the brain of heads; the same that will be used with the model.

    Raises
    ------
    BadInputError
        If there are too few complete cases, or labels follow no known scheme, or several.
    """
    cases, left_out = find_cases(cohort)
    said = list(left_out)
    reading = scheme_of(cases, scheme, limits, lambda done: progress(READ * done))
    said += _told(reading)
    folder = raw / f"Dataset{DATASET_NUMBER}_{_plain(name)}"
    for inner in ("imagesTr", "labelsTr"):
        (folder / inner).mkdir(parents=True, exist_ok=True)
    written = []
    for number, case in enumerate(cases):
        stem = f"case{number:04d}"  # never the name of the folder, which may name a person
        try:
            cautions = _write_case(case, folder, stem, reading.scheme, extract_brain, limits)
        except BadInputError as error:
            said.append(f"Left out '{case.name}': {error.problem}")
            continue
        said += [f"{case.name}: {text}" for text in cautions]
        written.append(stem)
        progress(READ + (1 - READ) * (number + 1) / len(cases))
    _require_enough(len(written), said)
    described = {
        "channel_names": {str(n): channel for n, channel in enumerate(CHANNEL_NAMES)},
        "labels": LABELS,
        "regions_class_order": ORDER,
        "numTraining": len(written),
        "file_ending": ENDING,
        "overwrite_image_reader_writer": READER,
    }
    (folder / "dataset.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    return RawDataset(folder, tuple(written), tuple(said))


def _files(folder: Path) -> tuple[Path | None, dict[Role, Path]]:
    labels: Path | None = None
    sequences: dict[Role, Path] = {}
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


def _write_case(
    case: CohortCase,
    folder: Path,
    stem: str,
    scheme: str,
    extract_brain: BrainExtractor | None,
    limits: Limits,
) -> tuple[str, ...]:
    volumes = {role: read_nifti(path, limits=limits) for role, path in case.sequences.items()}
    labels = read_nifti(case.labels, limits=limits)
    given = [*volumes.items(), ("segmentation", labels)]
    moved = [
        name
        for name, volume in given
        if not volume.same_grid(volumes["t1c"], tolerance_mm=GRID_TOLERANCE_MM)
    ]
    prepared = _prepared(volumes, stem, extract_brain)
    stack = stacked(
        {str(role): volume for role, volume in prepared.volumes.items()},
        prepared.brain,
        CHANNELS,
        orientation=ORIENTATION,
    )
    read, _ = to_brats_2023(labels, scheme=scheme)
    placed = in_frame(prepared, Volume(read.labels, labels.affine))
    if not placed.same_grid(prepared.grid):
        placed = resample(placed, prepared.grid, interpolation="nearest")
    found = np.asarray(placed.voxels)
    kept = stack.turn.apply(np.where(found == RC, 0, found).astype(np.uint8))
    for number, channel in enumerate(stack.channels):
        path = folder / "imagesTr" / f"{stem}_{number:04d}{ENDING}"
        write_nifti(channel, stack.affine, path)
    write_nifti(kept, stack.affine, folder / "labelsTr" / f"{stem}{ENDING}")
    cautions = list(prepared.cautions)
    if moved:
        cautions.append(f"On another grid than T1 with contrast, resampled: {', '.join(moved)}.")
    if (read.labels == RC).any():
        cautions.append("The resection cavity became background.")
    return tuple(cautions)


def _prepared(
    volumes: Mapping[Role, Volume], stem: str, extract_brain: BrainExtractor | None
) -> Prepared:
    """Prepare a case as a study is in use; BraTS files, prepared already, need their brain only."""
    named = {str(role): volume for role, volume in volumes.items()}
    if is_prepared(named):
        return Prepared(
            volumes=volumes,
            series={role: role for role in volumes},
            reference="t1c",
            to_reference=dict.fromkeys(volumes, IDENTITY),
            brain=Volume(brain_left(volumes), volumes["t1c"].affine),
        )
    study = Study(stem, "NS-COHORT", tuple(Series(role, role) for role in volumes))
    prepared = prepare(ImportedStudy(study, named, {}, stem), extract_brain=extract_brain)
    lacking = [role for role in CHANNELS if role not in prepared.volumes]
    if lacking:
        raise BadInputError(
            f"Prepared, it lacks {', '.join(lacking)}. {' '.join(prepared.cautions)}",
            fix="Check which file is which sequence.",
        )
    return prepared


def _told(reading: LabelReading) -> list[str]:
    name = SCHEMES[reading.scheme].name
    if not reading.certain:
        might = ", or ".join(SCHEMES[other].name for other in reading.others)
        doubt = "No case tells for certain what the labels mean."
        done = f"All were read as {name}; they may be {might}: name the right one with --labels."
        return [f"{doubt} {done}"]
    return [] if reading.scheme == "2023" else [f"The labels of all cases were read as {name}."]


def _require_enough(number: int, said: Sequence[str]) -> None:
    if number < FEWEST_CASES:
        raise BadInputError(
            f"The cohort has {number} complete cases; nnU-Net needs {FEWEST_CASES}. "
            f"{' '.join(said[:3])}".strip(),
            fix="Give a folder for each case with t1, t1c, t2, flair and segmentation as NIfTI.",
        )


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", name) or "Cohort"
