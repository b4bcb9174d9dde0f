import numpy as np
import pytest

from neuroscope.io.nifti import read_nifti
from neuroscope.phantom.case import make_case
from neuroscope.preprocess.mni import find_mni
from neuroscope.preprocess.recognize import (
    KNOWN,
    Look,
    cross_check,
    look_of,
    role_by_look,
    roles_by_looks,
)
from neuroscope.records.geometry import diagonal
from neuroscope.records.transform import IDENTITY
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits

# As textbooks say: fluid is dark in T1 and FLAIR, cortex darker than white matter in T1 only.
TYPICAL = {
    "a": Look(fluid=-1.1, cortex=-0.4, veins=-0.2),
    "b": Look(fluid=-1.0, cortex=-0.3, veins=1.2),
    "c": Look(fluid=1.3, cortex=0.4, veins=1.1),
    "d": Look(fluid=-0.7, cortex=0.35, veins=0.2),
}
ROLES = {"a": "t1", "b": "t1c", "c": "t2", "d": "flair"}
FILES = {"t1": "t1n", "t1c": "t1c", "t2": "t2w", "flair": "t2f"}


@pytest.mark.parametrize("name", TYPICAL)
def test_a_typical_volume_is_known_by_itself(name):
    assert role_by_look(TYPICAL[name]) == ROLES[name]


def test_together_every_role_is_given_once():
    twins = {"one": TYPICAL["a"], "other": Look(fluid=-1.05, cortex=-0.35, veins=0.5)}

    assert roles_by_looks(twins) == {"one": "t1", "other": "t1c"}
    assert roles_by_looks({}) == {}


def test_right_names_are_left_as_they_are():
    assert cross_check(ROLES, TYPICAL) == (ROLES, ())


@pytest.mark.parametrize("pair", [("a", "b"), ("c", "d"), ("b", "c")])
def test_swapped_names_are_found_and_swapped_back(pair):
    one, other = pair
    wrong = ROLES | {one: ROLES[other], other: ROLES[one]}

    roles, findings = cross_check(wrong, TYPICAL)

    assert roles == ROLES
    assert [finding.code for finding in findings] == ["swapped", "swapped"]
    assert "spoil the segmentation" in findings[0].text


def test_a_t1_flair_among_the_others_is_doubted_but_kept():
    """Fluid and cortex of a T1 under the name FLAIR, as in one case of TCGA."""
    roles, findings = cross_check(ROLES, TYPICAL | {"d": Look(-1.7, -0.3, -0.1)})

    assert roles == ROLES
    assert [finding.code for finding in findings] == ["unlike"]


def test_a_t1_flair_without_a_t1_beside_it_does_not_become_contrast_t1():
    """Contrast T1 with faint veins could be the missing T1, and leave its name to the FLAIR."""
    looks = {"b": Look(-1.28, -0.61, -0.15), "c": TYPICAL["c"], "d": Look(-1.74, -0.28, -0.11)}
    said = {name: ROLES[name] for name in looks}

    roles, findings = cross_check(said, looks)

    assert roles == said
    assert [finding.code for finding in findings] == ["swapped", "unlike"]
    assert findings[0].done == "The tags were believed."


@pytest.mark.parametrize("veins", [1.1, 0.9])
def test_contrast_t1_named_t1_is_said_where_nothing_is_named_contrast_t1(veins):
    roles, (finding,) = cross_check({"b": "t1"}, {"b": Look(-1.0, -0.3, veins)})

    assert roles == {"b": "t1"}
    assert "named T1 but looks like T1 with contrast" in finding.problem
    assert finding.done == "The tags were believed."


def test_a_series_that_is_clearly_what_nobody_is_named_is_put_right():
    looks = {name: TYPICAL[name] for name in "abc"}

    roles, findings = cross_check({"a": "t1", "b": "t1c", "c": "flair"}, looks)

    assert roles["c"] == "t2"
    assert [finding.code for finding in findings] == ["swapped"]


def test_a_series_without_a_name_gets_one_by_its_content():
    roles, findings = cross_check(ROLES | {"d": "mr"}, TYPICAL)

    assert roles == ROLES
    assert findings[0].code == "unnamed"


def test_a_series_that_could_not_be_measured_keeps_its_name():
    looks = {name: TYPICAL[name] for name in "abc"}

    assert cross_check(ROLES, looks)[0] == ROLES


def test_a_ct_is_not_asked():
    roles, findings = cross_check({"a": "ct", "c": "t2"}, {n: TYPICAL[n] for n in "ac"})

    assert (roles, findings) == ({"a": "ct", "c": "t2"}, ())


def test_a_volume_without_the_brain_has_no_look():
    assert look_of(Volume(np.ones((4, 4, 4)), diagonal((1.0, 1.0, 1.0))), IDENTITY) is None


def test_a_phantom_with_a_tumor_is_known_by_its_content(brain):
    to_mni, _ = find_mni(brain.volumes["t1c"], stripped=True)
    looks = {name: look_of(brain.volumes[name], to_mni) for name in KNOWN}

    assert {name: role_by_look(look) for name, look in looks.items()} == {n: n for n in KNOWN}


@pytest.mark.slow
def test_nearly_all_phantoms_are_known_by_their_content():
    right_alone = right_together = 0
    kinds = ("glioblastoma", "meningioma", "metastases", "none", "stroke", "low_grade_glioma")
    for seed, kind in enumerate(kinds):
        volumes = make_case(kind, seed=60 + seed, spacing_mm=3.0, head=bool(seed % 2)).volumes
        to_mni, _ = find_mni(volumes["t1c"], stripped=not seed % 2)
        looks = {name: look_of(volumes[name], to_mni) for name in KNOWN}
        right_alone += sum(role_by_look(look) == name for name, look in looks.items())
        right_together += sum(n == r for n, r in roles_by_looks(looks).items())

    assert right_alone >= 0.9 * 4 * len(kinds)
    assert right_together >= 0.95 * 4 * len(kinds)


@pytest.mark.data
@pytest.mark.slow
def test_real_sequences_are_known_together(development_data):
    for case in ("BraTS-GLI-00001-000", "Brats18_2013_2_1"):
        folder = development_data / "brats3d" / case
        volumes = {
            role: read_nifti(folder / f"{name}.nii.gz", limits=Limits())
            for role, name in FILES.items()
        }
        to_mni, _ = find_mni(volumes["t1c"], stripped=True)
        looks = {role: look_of(volume, to_mni) for role, volume in volumes.items()}

        assert roles_by_looks(looks) == {role: role for role in FILES}
