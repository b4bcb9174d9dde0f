"""Segmentations that readers give for stored studies, at the door."""

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from neuroscope.errors import BadInputError, NotFoundError, UnreadableFileError
from neuroscope.records.imported import ImportedStudy
from neuroscope.settings import Limits
from neuroscope.store.database import Store
from neuroscope.store.given_masks import GivenMask, load_mask
from neuroscope.store.studies import save_study, study_folder
from neuroscope.workflow.given_masks import keep_mask

AFFINE = np.array([[-1.5, 0, 0, 40], [0, 2, 0, -30], [0, 0, 2.5, 5], [0, 0, 0, 1.0]])


def labels() -> np.ndarray:
    drawn = np.zeros((12, 10, 8))
    drawn[2:6, 3:7, 2:5] = 2
    drawn[3:5, 4:6, 3] = 4
    return drawn


def file_of(voxels: np.ndarray, folder: Path) -> Path:
    path = folder / "mask.nii.gz"
    nib.save(nib.Nifti1Image(voxels, AFFINE), path)
    return path


@pytest.fixture
def study_id(store: Store, volume_study: ImportedStudy) -> str:
    return save_study(store, volume_study).study_id


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64])
def test_labels_are_kept_as_they_were_given_where_they_lie(
    store: Store, study_id: str, tmp_path: Path, dtype: type
) -> None:
    given = keep_mask(
        store, study_id, file_of(labels().astype(dtype), tmp_path), limits=Limits(), scheme="2018"
    )
    kept = load_mask(study_folder(store, study_id), given)
    np.testing.assert_array_equal(kept.voxels, labels())
    np.testing.assert_allclose(kept.affine, AFFINE)
    assert given.scheme == "2018"


@pytest.mark.parametrize(
    ("voxels", "scheme", "said"),
    [
        (labels() / 7, "", "no whole numbers"),
        (labels() * 3, "", "No scheme of tumor labels has the number 6"),
        (labels(), "2023", "number 4"),
        (labels(), "1999", "There is no label scheme '1999'"),
    ],
)
def test_what_is_no_segmentation_is_refused_and_nothing_is_kept(
    store: Store, study_id: str, tmp_path: Path, voxels: np.ndarray, scheme: str, said: str
) -> None:
    before = sorted(study_folder(store, study_id).iterdir())
    file = file_of(voxels.astype(np.float32), tmp_path)
    with pytest.raises(BadInputError, match=said):
        keep_mask(store, study_id, file, limits=Limits(), scheme=scheme)
    assert sorted(study_folder(store, study_id).iterdir()) == before


def test_what_its_header_leaves_in_doubt_travels_with_it(
    store: Store, study_id: str, tmp_path: Path
) -> None:
    image = nib.Nifti1Image(labels().astype(np.uint8), None)
    image.header.set_qform(None, code=0)
    image.header.set_sform(None, code=0)
    nib.save(image, tmp_path / "bare.nii.gz")
    given = keep_mask(store, study_id, tmp_path / "bare.nii.gz", limits=Limits())
    assert any("no orientation" in text for text in given.cautions)
    assert all(text.startswith("Of the given segmentation: ") for text in given.cautions)
    assert GivenMask.from_json(given.to_json()) == given


def test_a_picture_or_text_is_no_nifti(store: Store, study_id: str, tmp_path: Path) -> None:
    file = tmp_path / "mask.nii"
    file.write_bytes(b"label,i,j,k\n" * 100)
    with pytest.raises(UnreadableFileError):
        keep_mask(store, study_id, file, limits=Limits())


def test_plain_pictures_have_no_space_for_a_segmentation(
    store: Store, picture_study: Callable[..., ImportedStudy], tmp_path: Path
) -> None:
    pictures = save_study(store, picture_study(2)).study_id
    file = file_of(labels(), tmp_path)
    with pytest.raises(BadInputError, match="plain pictures"):
        keep_mask(store, pictures, file, limits=Limits())
    with pytest.raises(NotFoundError):
        keep_mask(store, "nobody", file, limits=Limits())
