"""Names of evidence files."""

from neuroscope.cli.results import volume_names
from neuroscope.records.study import Series


def series(number: int, role: str) -> Series:
    return Series(id=f"s{number}", role=role)  # type: ignore[arg-type]


def test_one_volume_is_simply_evidence():
    assert volume_names([series(1, "flair")]) == {"s1": "evidence.nii.gz"}


def test_several_volumes_are_named_by_role_and_numbered_where_it_repeats():
    named = volume_names([series(1, "t1c"), series(2, "mr"), series(3, "mr")])
    assert named == {
        "s1": "evidence_t1c.nii.gz",
        "s2": "evidence_mr-1.nii.gz",
        "s3": "evidence_mr-2.nii.gz",
    }


def test_no_volume_has_no_names():
    assert volume_names([]) == {}
