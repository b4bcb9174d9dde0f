import pytest

from neuroscope.io.sequence import (
    SequenceTags,
    is_label_map_name,
    is_localizer,
    role_from_name,
    sequence_role,
)


def _role(description="", **tags):
    times = {f"{name}_ms": tags.pop(name) for name in list(tags) if name.endswith("_time")}
    return sequence_role(SequenceTags(description=description, **tags, **times))[0]


@pytest.mark.parametrize(
    ("description", "role"),
    [
        ("AX T1", "t1"),
        ("t1_mprage_sag_p2_iso", "t1"),
        ("SAG 3D BRAVO", "t1"),
        ("AX T1 POST GD", "t1c"),
        ("AX T1 +C", "t1c"),
        ("T1W_C+ TRA", "t1c"),
        ("AX T1 FS post", "t1c"),
        ("AX T1 PRE", "t1"),
        ("T1 without contrast", "t1"),
        ("Ax T2 FSE", "t2"),
        ("t2_tse_tra", "t2"),
        ("T2 POST", "t2"),
        ("AX FLAIR", "flair"),
        ("AX T2 FLAIR POST", "flair"),
        ("t2_tirm_tra_dark-fluid", "flair"),
        ("AX T1 FLAIR", "t1"),
        ("AX T1 FLAIR POST", "t1c"),
        ("ep2d_diff_3scan_trace", "dwi"),
        ("ep2d_diff_ADC", "adc"),
        ("AX SWAN", "swi"),
        ("AX T2* GRE", "swi"),
        ("T1 SUB POST-PRE", "other"),
        ("SAG T1 MIP", "other"),
        ("3D TOF MRA", "other"),
        ("ASL PERFUSION", "other"),
        ("Protocol 17", "mr"),
    ],
)
def test_the_description_tells_the_sequence(description, role):
    assert _role(description) == role


def test_t1_flair_is_told_by_its_inversion_time():
    """The FLAIR of TCGA-DU-7294 is a T1 FLAIR in some exports: the name alone misleads."""
    assert _role("AX FLAIR", inversion_time=750.0, echo_time=9.0, repetition_time=2500.0) == "t1"
    assert _role("AX FLAIR", inversion_time=2200.0, echo_time=120.0) == "flair"


@pytest.mark.parametrize(
    ("repetition", "echo", "inversion", "role"),
    [
        (500.0, 10.0, None, "t1"),
        (1900.0, 3.0, 1100.0, "t1"),
        (4500.0, 100.0, None, "t2"),
        (9000.0, 120.0, 2500.0, "flair"),
        (2500.0, 15.0, None, "mr"),
        (None, 15.0, None, "mr"),
    ],
)
def test_times_tell_the_sequence_where_the_description_is_silent(repetition, echo, inversion, role):
    assert (
        _role("head", repetition_time=repetition, echo_time=echo, inversion_time=inversion) == role
    )


def test_a_contrast_agent_in_the_tags_makes_t1c():
    assert _role("AX T1", contrast_agent="Gadovist") == "t1c"
    assert _role("AX T1", contrast_agent="NONE") == "t1"


def test_a_contradiction_about_contrast_is_a_caution():
    role, cautions = sequence_role(SequenceTags(description="T1 PRE", contrast_agent="Gadovist"))
    assert role == "t1"
    assert "contrast agent" in cautions[0]


def test_ct_and_other_modalities_are_told_by_the_modality():
    assert _role("T1", modality="CT") == "ct"
    role, cautions = sequence_role(SequenceTags(modality="PT"))
    assert (role, cautions) == ("other", ("The modality is PT, not MR or CT.",))


def test_free_text_in_the_modality_is_not_repeated():
    assert "Doe" not in sequence_role(SequenceTags(modality="Doe^Jane"))[1][0]


@pytest.mark.parametrize(
    ("image_type", "role"),
    [(("DERIVED", "PRIMARY", "ADC"), "adc"), (("ORIGINAL", "PRIMARY", "P"), "other"),
     (("DERIVED", "SECONDARY", "SUBTRACTION"), "other")],
)  # fmt: skip
def test_derived_images_are_told_by_the_image_type(image_type, role):
    assert _role("AX T1", image_type=image_type) == role


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("case_t1.nii.gz", "t1"),
        ("BraTS-1-t1n.nii.gz", "t1"),
        ("x/BraTS_t1ce.nii", "t1c"),
        ("TCGA_T1c.nii.gz", "t1c"),
        ("pre_t1c.nii.gz", "t1c"),
        ("t2w.nii", "t2"),
        ("t2f.nii.gz", "flair"),
        ("a_FLAIR.nii.gz", "flair"),
        ("head_ct.nii.gz", "ct"),
        ("image.nii.gz", "mr"),
    ],
)
def test_a_file_name_tells_the_sequence(name, role):
    found, cautions = role_from_name(name)
    assert found == role
    assert bool(cautions) == (role == "mr")


def test_segmentations_are_known_by_name():
    for name in (
        "a_seg.nii.gz",
        "seg.nii",
        "inpainting_mask.nii.gz",
        "algorithm_seg-1.nii",
        "labels.nii",
    ):
        assert is_label_map_name(name)
    for name in ("mask/t1.nii", "t1_mprage_sag.nii", "seguin_t1.nii"):
        assert not is_label_map_name(name)


def test_localizers_are_known():
    assert is_localizer("3-plane localizer", ())
    assert is_localizer("AAHead_Scout", ())
    assert is_localizer("", ("ORIGINAL", "PRIMARY", "LOCALIZER"))
    assert not is_localizer("AX T1", ("ORIGINAL", "PRIMARY", "AXIAL"))
