"""A segmentation that a reader gives for a stored study, checked before the worker uses it."""

from dataclasses import replace
from math import prod
from pathlib import Path

from neuroscope.errors import BadInputError
from neuroscope.io.nifti import read_nifti_image
from neuroscope.preprocess.label_scheme import named_scheme, read_scheme, whole_labels
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits
from neuroscope.store.database import Store
from neuroscope.store.given_masks import GivenMask, save_mask
from neuroscope.store.studies import read_study, study_folder

FINER = 8  # times as many voxels as the largest image of its study a segmentation may have


def keep_mask(
    store: Store, study_id: str, file: Path, *, limits: Limits, scheme: str = ""
) -> GivenMask:
    """Read a NIfTI file of labels and keep it with its study.

    Whether it lies in the brain of the study shows when the study is prepared.

    Parameters
    ----------
    scheme
        Key of `SCHEMES`, if it is known; empty finds it.

    Raises
    ------
    BadInputError
        If it is no NIfTI volume of labels, no scheme (or not the named one) has its numbers, or the
        study has no volume.
    TooLargeError
        If it has `FINER` times as many voxels as the largest volume of the study.
    NotFoundError
        If there is no such study.
    """
    largest = _largest(store, study_id)
    most = min(limits.volume_voxels, FINER * largest)
    read = read_nifti_image(file, limits=replace(limits, volume_voxels=most))
    given = read.volume
    labels = whole_labels(given.voxels)
    if scheme:
        named_scheme(scheme, labels)
    else:
        read_scheme(labels)
    return save_mask(
        study_folder(store, study_id),
        Volume(labels, given.affine),
        scheme=scheme,
        cautions=tuple(f"Of the given segmentation: {text}" for text in read.cautions),
    )


def _largest(store: Store, study_id: str) -> int:
    """Count the voxels of the largest volume of a study."""
    arrays = [series.array for series in read_study(store, study_id).series]
    sizes = [prod(array.shape) for array in arrays if array is not None]
    if not sizes:
        raise BadInputError(
            "The study holds plain pictures: there is no volume to lay a segmentation on.",
            fix="Import the study as DICOM or NIfTI.",
        )
    return max(sizes)
