from dataclasses import replace

import numpy as np
import pytest

from neuroscope.phantom.case import make_case
from neuroscope.phantom.fields import Grid
from neuroscope.phantom.scanner.noise import relative_noise
from neuroscope.phantom.scanner.options import Scan, ScannerOptions
from neuroscope.phantom.scanner.signal import Protocol
from neuroscope.phantom.scanner.slices import own_slices, usual_slices

REFERENCE = Grid((164, 200, 170), (1.0, 1.0, 1.0), (-82.0, -116.0, -84.0))
FINE = usual_slices(REFERENCE, 1)
TSE = Protocol("spin echo", 4000, 100)
MPRAGE = Protocol("mprage", 2200, 3, 950)


def test_a_millimeter_at_3_tesla_read_once_at_200_hz_is_the_reference():
    assert relative_noise(FINE, TSE, 3) == pytest.approx(1)
    assert relative_noise(FINE, MPRAGE, 3) == pytest.approx(1)
    assert relative_noise(FINE, None, 3) == pytest.approx(1)


def test_half_the_field_doubles_noise():
    assert relative_noise(FINE, TSE, 1.5) == pytest.approx(2)


def test_noise_falls_with_the_thickness_of_slices():
    thick = usual_slices(REFERENCE, 5)

    assert relative_noise(thick, TSE, 3) == pytest.approx(1 / 5)


def test_pixels_twice_as_wide_hold_four_times_the_volume_and_need_half_the_lines():
    wide = own_slices(REFERENCE, "axial", slice_mm=1, pixel_mm=2)

    assert relative_noise(wide, TSE, 3) == pytest.approx(np.sqrt(2) / 4)


def test_a_volume_of_coarser_voxels_is_as_noisy_as_a_finer_one_averaged():
    coarse = own_slices(REFERENCE, "axial", slice_mm=2, pixel_mm=2)

    # In 3-D lines go with 1 / volume, so that noise goes with its root: 8 voxels into one.
    assert relative_noise(coarse, MPRAGE, 3) == pytest.approx(np.sqrt(4) / 8, rel=0.01)


def test_averages_and_bandwidth_count_by_their_root():
    assert relative_noise(FINE, replace(TSE, averages=4), 3) == pytest.approx(1 / 2)
    assert relative_noise(FINE, replace(TSE, bandwidth_hz=400), 3) == pytest.approx(np.sqrt(2))


def air_noise(spacing_mm: float, *, field_t: float = 3, scan: Scan = Scan()) -> float:
    """Measure noise in the air of a T2 of a head, in parts of the gray value of white matter."""
    scanner = ScannerOptions(field_t=field_t, every=replace(scan, bias=0.0))
    case = make_case(
        "none", seed=2, spacing_mm=spacing_mm, sequences=("t2",), head=True, scanner=scanner
    )
    voxels = case.volumes["t2"].voxels
    air = voxels[:3].astype(np.float64)
    return float(np.sqrt((air**2).mean() / 2))  # Rayleigh: E[m^2] = 2 sigma^2


def test_pictures_hold_the_noise_of_their_field_and_voxels():
    strong, weak, coarse = (
        air_noise(spacing, field_t=field) for spacing, field in ((1.6, 3), (1.6, 1.5), (3.2, 1.5))
    )

    assert weak == pytest.approx(2 * strong, rel=0.06)
    assert weak > 2 * coarse


def test_noise_that_was_asked_for_is_that_of_the_picture_whatever_the_voxels():
    for spacing in (2, 4):
        found = air_noise(spacing, field_t=1.5, scan=Scan(noise=0.04))
        assert found == pytest.approx(0.04 * 450, rel=0.05)
