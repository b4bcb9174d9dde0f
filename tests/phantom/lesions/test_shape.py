import nibabel as nib
import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.lesions.shape import read_shape, shape_of


def labels() -> np.ndarray:
    whole = np.zeros((20, 22, 24), np.int16)
    whole[4:12, 6:14, 8:16] = 2
    whole[6:10, 8:12, 10:14] = 4
    whole[7:9, 9:11, 11:13] = 1
    return whole


def save(path, array: np.ndarray, affine: np.ndarray):
    nib.save(nib.Nifti1Image(array, affine), path)
    return path


def test_a_label_file_is_turned_to_the_patients_axes(tmp_path):
    flipped = np.diag([-2.0, -2.0, 3.0, 1.0])  # as BraTS stores it: L, P, S
    shape = read_shape(save(tmp_path / "a.nii.gz", labels(), flipped))

    assert shape.spacing == pytest.approx((2, 2, 3))
    np.testing.assert_array_equal(shape.labels > 0, labels()[::-1, ::-1] > 0)


def test_label_4_is_enhancing_tumor_as_3_is():
    shape = shape_of(labels(), (1.0, 1.0, 1.0))

    assert set(np.unique(shape.labels)) == {0, 1, 2, 3}
    assert shape.volume_ml(3) == pytest.approx((64 - 8) / 1000)


@pytest.mark.parametrize(
    ("array", "problem"),
    [
        (labels() * 100, "no tumor labels"),
        (labels() + 0.5, "no tumor labels"),
        (np.where(labels() == 2, 2, 0), "no tumor core"),
    ],
)
def test_what_is_no_tumor_is_refused(array, problem):
    with pytest.raises(BadInputError, match=problem):
        shape_of(array, (1.0, 1.0, 1.0))


def test_a_file_that_is_no_nifti_is_refused_without_its_name(tmp_path):
    path = tmp_path / "Smith_John.nii.gz"
    path.write_bytes(b"not a picture")

    with pytest.raises(BadInputError, match="cannot be read as NIfTI") as caught:
        read_shape(path)
    assert "Smith" not in str(caught.value)


def test_four_axes_are_refused(tmp_path):
    with pytest.raises(BadInputError, match="three axes"):
        read_shape(save(tmp_path / "a.nii", np.ones((4, 4, 4, 2), np.int16), np.eye(4)))
