import numpy as np
import pytest

from neuroscope.phantom.fields import Grid
from neuroscope.phantom.scanner.ct import (
    HOUNSFIELD,
    CtProtocol,
    acquire_ct,
    ct_contrast,
    draw_ct_protocol,
    draw_hounsfield,
)
from neuroscope.phantom.scanner.relaxation import LATER_TISSUES, TISSUES
from neuroscope.phantom.scanner.slices import usual_slices

GRID = Grid((48, 48, 48), (1.0, 1.0, 1.0), (-24.0, -24.0, -24.0))
PROTOCOL = CtProtocol(120, 300, 1000, "SOFT", noise_hu=4.0, blur_mm=0.55)


def test_every_tissue_has_a_density():
    assert set(HOUNSFIELD) >= {*TISSUES, *LATER_TISSUES}


def test_iodine_adds_45_units_per_millimole():
    plain, after = (ct_contrast(HOUNSFIELD, iodine=given) for given in (False, True))

    assert after.look("enhancing", 0.4) - after.look("enhancing", 0.0) == pytest.approx(18)
    assert plain.look("enhancing", 0.4) == plain.look("enhancing", 0.0)


@pytest.mark.parametrize("seed", range(20))
def test_densities_are_ordered_as_in_any_head(seed: int):
    hu = draw_hounsfield(np.random.default_rng(seed))

    assert hu["air"] == -1000
    assert hu["air"] < hu["fat"] < hu["fluid"] < hu["white"] < hu["gray"] < hu["dura"] < hu["bone"]
    assert hu["edema"] < hu["white"]
    assert hu["calcification"] == 230


def test_noise_has_the_stated_deviation_and_no_bias():
    image = np.full(GRID.shape, 30, np.float32)

    seen = acquire_ct(image, usual_slices(GRID, 1), PROTOCOL, np.random.default_rng(0))

    assert seen.mean() == pytest.approx(30, abs=0.2)
    assert seen[4:-4, 4:-4, 4:-4].std() == pytest.approx(4.0, rel=0.05)


def test_units_are_whole_and_fit_12_bits():
    image = np.full(GRID.shape, 9000, np.float32)
    image[:24] = -5000

    seen = acquire_ct(image, usual_slices(GRID, 1), PROTOCOL, np.random.default_rng(0))

    assert (seen.min(), seen.max()) == (-1024, 3071)
    np.testing.assert_array_equal(seen, np.rint(seen))


def test_noise_of_a_drawn_protocol_is_that_of_a_head_ct():
    noise = [draw_ct_protocol(np.random.default_rng(s), iodine=False).noise_hu for s in range(50)]

    assert 2.5 <= min(noise) < max(noise) <= 5


def test_half_the_noise_takes_four_times_the_current():
    drawn = [draw_ct_protocol(np.random.default_rng(seed), iodine=False) for seed in range(50)]
    doses = [one.tube_current_ma * one.exposure_time_ms * one.noise_hu**2 for one in drawn]

    assert np.ptp(doses) < 0.01 * np.mean(doses)
    assert min(one.tube_current_ma for one in drawn) >= 90
    assert max(one.tube_current_ma for one in drawn) <= 410
