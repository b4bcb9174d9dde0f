import numpy as np
import pytest

from neuroscope.phantom.fields import Grid
from neuroscope.phantom.scanner.diffusion import (
    DIFFUSIVITY,
    acquire_adc,
    adc_contrast,
    draw_diffusion_protocol,
    draw_diffusivity,
    dwi_contrast,
)
from neuroscope.phantom.scanner.relaxation import LATER_TISSUES, TISSUES
from neuroscope.phantom.scanner.signal import Protocol, signal
from neuroscope.phantom.scanner.slices import usual_slices

GRID = Grid((30, 30, 30), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))


def test_every_tissue_has_a_diffusivity():
    assert set(DIFFUSIVITY) >= {*TISSUES, *LATER_TISSUES}


def test_the_b_1000_image_is_a_spin_echo_weakened_by_diffusion():
    run = Protocol("diffusion", 6000, 80, b_value=1000)
    contrast = dwi_contrast(TISSUES, run, DIFFUSIVITY)
    unweighted = signal(TISSUES["white"], run)

    assert contrast.look("white", 0.0) == pytest.approx(unweighted * np.exp(-0.72))


@pytest.mark.parametrize("seed", range(20))
def test_pus_and_a_fresh_infarct_shine_and_have_a_low_adc(seed: int):
    rng = np.random.default_rng(seed)
    adc = draw_diffusivity(rng)
    relaxation = {**TISSUES, **LATER_TISSUES}
    dwi = dwi_contrast(relaxation, draw_diffusion_protocol(rng), adc)
    shown = {name: dwi.look(name, 0.0) for name in relaxation}

    assert shown["infarct"] > 1.2 * shown["white"]
    assert shown["pus"] > 1.2 * shown["white"]
    assert shown["necrosis"] < shown["infarct"]
    assert shown["fluid"] < 0.5 * shown["white"]
    assert adc["infarct"] < adc["white"] < adc["edema"] < adc["necrosis"] < adc["fluid"]
    assert adc["medulloblastoma"] < adc["enhancing"]


def test_the_adc_map_shows_the_coefficient_and_nothing_in_air():
    contrast = adc_contrast(DIFFUSIVITY)
    image = np.full(GRID.shape, contrast.look("gray", 0.0), np.float32)
    image[:10] = contrast.look("air", 0.0)

    seen = acquire_adc(image, usual_slices(GRID, 1), np.random.default_rng(0))

    assert (seen[:6] == 0).all()
    assert seen[15:].mean() == pytest.approx(820, abs=5)
    assert 15 < seen[15:].std() < 60
