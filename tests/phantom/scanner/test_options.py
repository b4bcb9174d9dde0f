import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.scanner.options import Scan, ScannerOptions, clinical_options
from neuroscope.phantom.scanner.sequences import EVERY_SEQUENCE


@pytest.mark.parametrize(
    ("name", "value", "nearest"),
    [("slice_mm", 30, 10), ("motion_mm", -1, 0), ("ringing", 0.9, 0.7), ("tilt_deg", 90, 45)],
)
def test_an_impossible_scan_is_refused_with_the_nearest(name, value, nearest):
    with pytest.raises(BadInputError, match=f"{name} of {value} .*nearest is {nearest}"):
        Scan(**{name: value})


def test_an_unknown_field_is_refused():
    with pytest.raises(BadInputError, match="scanner of 7 T"):
        ScannerOptions(field_t=7)


def test_a_sequence_is_scanned_as_every_other_unless_named():
    options = ScannerOptions(every=Scan(ringing=0.2), scans={"t2": Scan(plane="coronal")})

    assert options.scan_of("t1") == Scan(ringing=0.2)
    assert options.scan_of("t2").plane == "coronal"
    assert options.scan_of("t1").on_label_grid
    assert not options.scan_of("t2").on_label_grid


def test_clinics_differ_and_a_seed_repeats_itself():
    drawn = [clinical_options(seed, EVERY_SEQUENCE) for seed in range(60)]
    scans = [scan for options in drawn for scan in options.scans.values()]

    assert clinical_options(3, EVERY_SEQUENCE) == drawn[3]
    assert {options.field_t for options in drawn} == {1.5, 3}
    assert {scan.plane for scan in scans} == {"axial", "coronal", "sagittal"}
    assert 0 < sum(bool(options.missing) for options in drawn) < 20
    assert any(scan.motion_mm for scan in scans)
    assert any(scan.ringing for scan in scans)


def test_a_ct_is_never_restless_in_the_clinic_and_always_axial():
    for seed in range(30):
        scan = clinical_options(seed, ("t1", "ct")).scans["ct"]
        assert (scan.plane, scan.motion_mm, scan.ringing) == ("axial", 0, 0)


def test_another_visit_is_scanned_another_way():
    assert clinical_options(1, ("t1", "t2")) != clinical_options(1, ("t1", "t2"), session=1)
