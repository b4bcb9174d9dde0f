"""Write a phantom as the files other programs read."""

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from neuroscope.phantom.case import PhantomCase
from neuroscope.phantom.dicom_series import DicomOptions, fill_dicom
from neuroscope.phantom.folder import whole_folder
from neuroscope.records.arrays import Array
from neuroscope.records.geometry import Affine


def write_case(case: PhantomCase, out: Path, *, dicom: bool = False) -> Path:
    """Write `t1.nii.gz ...`, `segmentation.nii.gz` and `truth.json`; with `dicom` also series.

    Returns
    -------
    Path
        The folder; the DICOM series lie in `dicom/` below it.

    Raises
    ------
    ConflictError
        If the folder holds files already.
    StorageError
        If the disk refuses; nothing is left then.
    """
    with whole_folder(out) as folder:
        for role, volume in case.volumes.items():
            _write_nifti(volume.voxels, volume.affine, folder / f"{role}.nii.gz", np.int16)
        labels = case.segmentation
        _write_nifti(labels.labels, labels.affine, folder / "segmentation.nii.gz", np.uint8)
        text = json.dumps(_plain(case.truth), indent=2) + "\n"
        (folder / "truth.json").write_text(text, encoding="utf-8")
        if dicom:
            fill_dicom(case, folder / "dicom", DicomOptions())
    return out


def write_dicom(
    case: PhantomCase,
    out: Path,
    *,
    options: DicomOptions = DicomOptions(),
) -> Path:
    """Write one folder of MR Image Storage files per sequence.

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


def _write_nifti(voxels: Array, affine: Affine, path: Path, dtype: type[np.generic]) -> None:
    kind: Any = nib.Nifti1Image  # nibabel declares no types
    nifti = kind(np.asarray(voxels).astype(dtype), affine)
    nifti.header["descrip"] = b"Neuroscope phantom, synthetic"
    nifti.header.set_xyzt_units("mm")
    nifti.set_sform(affine, code=1)
    nifti.set_qform(affine, code=1)
    nib.save(nifti, path)


def _plain(truth: object) -> object:
    if hasattr(truth, "items"):
        return {key: _plain(value) for key, value in truth.items()}
    return truth
