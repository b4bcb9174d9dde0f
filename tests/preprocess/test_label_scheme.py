import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.io.nifti import read_nifti
from neuroscope.preprocess.label_scheme import read_scheme, to_brats_2023, whole_labels
from neuroscope.records.geometry import diagonal
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

GRID = diagonal((1.0, 1.0, 1.0))


def drawn(numbers: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Boxes of edema, enhancing rim, necrosis and cavity under the given numbers, and a T1c."""
    labels = np.zeros((24, 24, 24), np.uint8)
    t1c = np.full(labels.shape, 100.0, np.float32) + np.arange(24, dtype=np.float32)
    for name, box, gray in (
        ("ED", slice(2, 20), 90),
        ("ET", slice(5, 15), 300),
        ("NCR", slice(7, 12), 60),
        ("CAVITY", slice(16, 19), 30),
    ):
        if name in numbers:
            labels[box, box, box] = numbers[name]
            t1c[box, box, box] = gray
    return labels, t1c


SCHEMES = {
    "2023": {"NCR": 1, "ED": 2, "ET": 3},
    "2018": {"NCR": 1, "ED": 2, "ET": 4},
    "post": {"NCR": 1, "ED": 2, "ET": 3, "CAVITY": 4},
    "2013": {"NCR": 1, "ED": 2, "CAVITY": 3, "ET": 4},  # 3: non-enhancing core, dark as well
    "ped": {"ET": 1, "NCR": 2, "ED": 4},
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_brightest_after_contrast_tells_the_scheme(scheme):
    labels, t1c = drawn(SCHEMES[scheme])

    reading = read_scheme(labels, t1c)

    assert (reading.scheme, reading.certain) == (scheme, True)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_enhancing_tumor_is_3_and_edema_2_after_translation(scheme):
    numbers = SCHEMES[scheme]
    labels, t1c = drawn(numbers)

    found, findings = to_brats_2023(Volume(labels, GRID), t1c=Volume(t1c, GRID))

    np.testing.assert_array_equal(found.labels == 3, labels == numbers["ET"])
    np.testing.assert_array_equal(found.labels == 2, labels == numbers["ED"])
    assert bool(findings) == (scheme != "2023")


def test_without_t1c_the_likeliest_is_taken_and_doubted():
    labels, _ = drawn(SCHEMES["2018"])

    found, findings = to_brats_2023(Volume(labels, GRID))

    assert (found.labels == 3).sum() == (labels == 4).sum()
    assert "Several conventions" in findings[0].problem


def test_a_t1c_on_another_grid_is_not_believed():
    labels, t1c = drawn(SCHEMES["ped"])
    elsewhere = Volume(t1c, diagonal((1.0, 1.0, 1.2)))

    _, findings = to_brats_2023(Volume(labels, GRID), t1c=elsewhere)

    assert "no T1 with contrast on its grid" in findings[0].problem


def test_a_mask_stored_as_nearly_one_is_a_mask():
    mask = np.zeros((6, 6, 6))
    mask[2:4] = 0.99999998

    found, findings = to_brats_2023(Volume(mask, GRID))

    assert found.labels.sum() == 72
    assert "single label" in findings[0].problem


@pytest.mark.parametrize("values", [[0.0, 0.5], [0.0, -1.0], [0.0, np.nan], [0.0, 900.0]])
def test_what_holds_no_labels_is_refused(values):
    with pytest.raises(BadInputError):
        whole_labels(np.array(values))


def test_a_number_of_no_scheme_is_refused():
    with pytest.raises(BadInputError, match="number 7"):
        read_scheme(np.array([0, 1, 7]))


@pytest.mark.data
def test_real_segmentations_are_told_apart(development_data):
    folder = development_data / "brats3d"
    for path, scheme in (
        ("Brats18_2013_2_1/seg.nii.gz", "2018"),
        ("BraTS-GLI-00001-000/algorithm_seg-BraTS23_1.nii.gz", "2023"),
        ("BraTS-GLI-00001-000/algorithm_seg-bratstoolkit_isen.nii.gz", "2018"),
    ):
        labels = read_nifti(folder / path, limits=Limits())
        t1c = read_nifti((folder / path).parent / "t1c.nii.gz", limits=Limits())
        reading = read_scheme(whole_labels(labels.voxels), t1c.voxels)

        assert (reading.scheme, reading.certain) == (scheme, True)
