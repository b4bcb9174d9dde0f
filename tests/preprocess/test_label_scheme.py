import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.io.nifti import read_nifti
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.relabel import relabel
from neuroscope.preprocess.label_scheme import (
    cohort_scheme,
    read_scheme,
    to_brats_2023,
    whole_labels,
)
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
    "msd": {"NCR": 2, "ED": 1, "ET": 3},
}


@pytest.fixture(scope="module")
def case() -> PhantomCase:
    """A glioblastoma after contrast, 4 mm."""
    return make_case("glioblastoma", seed=3, spacing_mm=4.0, sequences=("t1c",))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_brightness_and_the_place_of_edema_tell_the_scheme(scheme):
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


def test_where_nothing_enhances_no_label_becomes_enhancing_tumor():
    """NCR a little brighter than edema: read as BraTS-PED it was ET."""
    labels, t1c = drawn({"NCR": 1, "ED": 2})
    t1c[labels == 1], t1c[labels == 2] = 113, 112

    found, findings = to_brats_2023(Volume(labels, GRID), t1c=Volume(t1c, GRID))

    np.testing.assert_array_equal(found.labels, labels)
    assert findings == ()


@pytest.mark.parametrize("other_labels", [{"NCR": 1, "ED": 2}, {"ED": 2}])
def test_a_dark_label_4_is_a_cavity_and_no_enhancing_tumor(other_labels):
    """A treated tumor that no longer enhances."""
    labels, t1c = drawn({**other_labels, "CAVITY": 4})

    found, findings = to_brats_2023(Volume(labels, GRID), t1c=Volume(t1c, GRID))

    np.testing.assert_array_equal(found.labels, labels)
    assert "after treatment" in findings[0].problem


def test_what_enhances_too_little_to_be_told_is_doubted_and_the_reason_is_true():
    labels, t1c = drawn(SCHEMES["2018"])
    t1c[labels == 4] = 115

    found, findings = to_brats_2023(Volume(labels, GRID), t1c=Volume(t1c, GRID))

    assert (found.labels == 3).sum() == (labels == 4).sum()
    assert "neither brightness after contrast" in findings[0].problem
    assert "may be BraTS 2024 after treatment" in findings[0].done


def test_msd_is_doubted_where_edema_does_not_lie_around_a_core():
    """Two boxes beside each other: either may be the edema."""
    labels, t1c = drawn({})
    labels[4:10, 4:10, 4:10], labels[4:10, 4:10, 12:18] = 1, 2
    t1c[labels > 0] = 108

    reading = read_scheme(labels, t1c)

    assert (reading.scheme, reading.certain, reading.others) == ("2023", False, ("msd",))


@pytest.mark.parametrize("scheme", ["brats2023", "brats2020", "brats-ped", "msd"])
def test_phantoms_in_every_numbering_are_read_back(scheme, case):
    written = relabel(case, scheme).segmentation
    labels = Volume(np.asarray(written.labels), written.affine)

    found, _ = to_brats_2023(labels, t1c=case.volumes["t1c"])

    np.testing.assert_array_equal(found.labels, case.segmentation.labels)


def test_a_named_scheme_is_not_guessed_and_must_have_the_numbers():
    labels, _ = drawn(SCHEMES["msd"])

    found, _ = to_brats_2023(Volume(labels, GRID), scheme="2023")

    np.testing.assert_array_equal(found.labels, labels)
    with pytest.raises(BadInputError, match="has no number 3"):
        to_brats_2023(Volume(labels, GRID), scheme="2018")
    with pytest.raises(BadInputError, match="no label scheme 'brats'"):
        to_brats_2023(Volume(labels, GRID), scheme="brats")


def test_a_cohort_follows_the_scheme_of_its_certain_cases():
    doubtful, _ = drawn(SCHEMES["2018"])
    plain, bright = drawn({"NCR": 1, "ED": 2})
    readings = {
        "a": read_scheme(doubtful),
        "b": read_scheme(*drawn(SCHEMES["ped"])),
        "c": read_scheme(np.zeros((12, 12, 12), np.uint8)),
    }

    assert cohort_scheme(readings).scheme == "ped"
    assert cohort_scheme({"a": readings["a"]}).certain is False
    treated = {"d": read_scheme(*drawn(SCHEMES["post"])), "e": read_scheme(plain, bright)}
    assert cohort_scheme(treated).scheme == "post"


def test_a_cohort_of_two_schemes_is_refused_and_both_cases_are_named():
    readings = {
        "first": read_scheme(*drawn(SCHEMES["2018"])),
        "second": read_scheme(*drawn(SCHEMES["ped"])),
    }

    with pytest.raises(BadInputError, match=r"case 'second' follows BraTS-PED.*case 'first'"):
        cohort_scheme(readings)


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


@pytest.mark.data
@pytest.mark.parametrize(
    ("path", "enhancing"),
    [
        ("Brats18_2013_2_1/seg.nii.gz", 4),
        ("BraTS-GLI-00001-000/algorithm_seg-BraTS23_1.nii.gz", 3),
        ("TCGA-DU-7294/fusion_simple.nii.gz", 0),
    ],
)
def test_real_segmentations_are_told_from_msd_and_lose_no_edema_without_enhancement(
    path, enhancing, development_data
):
    folder = development_data / "brats3d"
    given = whole_labels(read_nifti(folder / path, limits=Limits()).voxels)
    t1c = read_nifti((folder / path).parent / "t1c.nii.gz", limits=Limits()).voxels
    msd = np.select([given == 2, given == 1, given == (enhancing or 9)], [1, 2, 3], 0)
    without = np.where(given == (enhancing or 9), 0, given)

    read = read_scheme(msd.astype(np.uint8), t1c)

    assert (read.scheme, read.certain) == ("msd", True)
    assert read_scheme(without, t1c).scheme == "2023"
