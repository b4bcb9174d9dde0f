"""A segmentation that a reader gives for a stored study, checked before the worker uses it."""

from pathlib import Path

from neuroscope.errors import BadInputError
from neuroscope.io.nifti import read_nifti_image
from neuroscope.preprocess.label_scheme import named_scheme, read_scheme, whole_labels
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits
from neuroscope.store.database import Store
from neuroscope.store.given_masks import GivenMask, save_mask
from neuroscope.store.studies import read_study, study_folder


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
    NotFoundError
        If there is no such study.
    """
    given = read_nifti_image(file, limits=limits).volume
    labels = whole_labels(given.voxels)
    if scheme:
        named_scheme(scheme, labels)
    else:
        read_scheme(labels)
    if all(series.array is None for series in read_study(store, study_id).series):
        raise BadInputError(
            "The study holds plain pictures: there is no volume to lay a segmentation on.",
            fix="Import the study as DICOM or NIfTI.",
        )
    folder = study_folder(store, study_id)
    return save_mask(folder, Volume(labels, given.affine), scheme=scheme)
