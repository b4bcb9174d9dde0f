"""Write a phantom as the files other programs read."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import PhantomCase
from neuroscope.phantom.dicom_series import DicomOptions, fill_dicom
from neuroscope.phantom.displacement import displacement_of
from neuroscope.phantom.folder import whole_folder
from neuroscope.phantom.series import SeriesPlan
from neuroscope.phantom.series_truth import series_truth
from neuroscope.phantom.truth import Truth
from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Affine

RESPONSE_KEYS = ("rano_by_diameters", "rano_by_volume", "needs_confirmation", "rano_reason")


def write_case(
    case: PhantomCase, out: Path, *, dicom: bool = False, displacement: bool = False
) -> Path:
    """Write `t1.nii.gz ...`, `segmentation.nii.gz` and `truth.json`.

    A mimic of a tumor is labeled in `mimics.nii.gz`, and `segmentation.nii.gz` is empty.

    Parameters
    ----------
    dicom
        Also as DICOM, one folder per series in `dicom/`.
    displacement
        Also `displacement.nii.gz`, as `displacement_of` gives it.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ConflictError
        If the folder holds files already.
    StorageError
        If the disk refuses; nothing is left then.
    """
    with whole_folder(out) as folder:
        _fill(case, folder, displacement=displacement)
        _write_json(case.truth, folder / "truth.json")
        if dicom:
            fill_dicom(case, folder / "dicom", DicomOptions())
    return out


def write_series(
    cases: Iterable[PhantomCase],
    plan: SeriesPlan,
    out: Path,
    *,
    dicom: bool = False,
    displacement: bool = False,
) -> Path:
    """Write every visit as a study of its own into `tp0/ tp1/ ...`, and the truth of the whole.

    As DICOM all visits are one patient; each is a study with its own date and frame of reference.
    Visits are written as they are made; the folder takes its name when the last is there.

    Raises
    ------
    BadInputError
        If there are more or fewer visits than planned.
    ConflictError
        If the folder holds files already.
    StorageError
        If the disk refuses; nothing is left then.
    """
    truths: list[Truth] = []
    with whole_folder(out) as folder:
        for number, case in enumerate(cases):
            target = folder / f"tp{number}"
            target.mkdir()
            _fill(case, target, displacement=displacement)
            truths.append(case.truth)
            if dicom:
                fill_dicom(case, target / "dicom", DicomOptions())
        if len(truths) != len(plan.days):
            raise BadInputError(
                f"The plan has {len(plan.days)} visits, {len(truths)} were made.",
                fix="Give the plan that the visits were made with.",
            )
        whole = series_truth(plan, truths)
        for number, (truth, response) in enumerate(zip(truths, whole["visits"], strict=True)):
            rano = {key: response[key] for key in RESPONSE_KEYS}
            _write_json({**truth, **rano}, folder / f"tp{number}" / "truth.json")
        _write_json(whole, folder / "truth.json")
    return out


def write_dicom(
    case: PhantomCase,
    out: Path,
    *,
    options: DicomOptions = DicomOptions(),
) -> Path:
    """Write one folder of DICOM files per sequence: MR Image Storage, or CT Image Storage.

    Raises
    ------
    ConflictError
        If the folder holds files already.
    StorageError
        If the disk refuses; nothing is left then.
    """
    with whole_folder(out) as folder:
        fill_dicom(case, folder, options)
    return out


def _fill(case: PhantomCase, folder: Path, *, displacement: bool) -> None:
    for role, volume in case.volumes.items():
        _write_nifti(volume.voxels, volume.affine, folder / f"{role}.nii.gz", np.int16)
    labels = case.segmentation
    _write_nifti(labels.labels, labels.affine, folder / "segmentation.nii.gz", np.uint8)
    if case.mimics is not None:
        _write_nifti(case.mimics.labels, labels.affine, folder / "mimics.nii.gz", np.uint8)
    if displacement:
        vectors = displacement_of(case)[:, :, :, None, :]  # NIfTI keeps vectors on the fifth axis
        path = folder / "displacement.nii.gz"
        _write_nifti(vectors, labels.affine, path, np.float32, intent="vector")


def _write_nifti(
    voxels: Array, affine: Affine, path: Path, dtype: type[np.generic], *, intent: str = "none"
) -> None:
    kind: Any = nib.Nifti1Image  # nibabel declares no types
    nifti = kind(np.asarray(voxels).astype(dtype), affine)
    nifti.header["descrip"] = b"Neuroscope phantom, synthetic"
    nifti.header.set_xyzt_units("mm")
    nifti.header.set_intent(intent)
    nifti.set_sform(affine, code=1)
    nifti.set_qform(affine, code=1)
    nib.save(nifti, path)


def _write_json(truth: Truth, path: Path) -> None:
    path.write_text(json.dumps(_plain(truth), indent=2) + "\n", encoding="utf-8")


def _plain(truth: object) -> object:
    if hasattr(truth, "items"):
        return {key: _plain(value) for key, value in truth.items()}
    if isinstance(truth, list | tuple):
        return [_plain(value) for value in truth]
    return truth
