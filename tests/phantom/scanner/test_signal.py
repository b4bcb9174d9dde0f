import numpy as np
import pytest

from neuroscope.phantom.scanner.relaxation import TISSUES
from neuroscope.phantom.scanner.signal import Protocol, draw_protocols, signal

T1 = Protocol("spin echo", 600, 12)
T1C = Protocol("spin echo", 600, 12, gadolinium=True)
FLAIR = Protocol("inversion", 9000, 120, 2500)


def test_a_spin_echo_of_water_follows_its_equation():
    fluid = TISSUES["fluid"]
    expected = (1 - np.exp(-600 / 4200)) * np.exp(-12 / 1900)

    assert signal(fluid, T1) == pytest.approx(expected)


def test_gadolinium_brightens_only_a_sequence_run_after_it():
    enhancing = TISSUES["enhancing"]

    assert signal(enhancing, T1C, 0.4) > 1.3 * signal(enhancing, T1C)
    assert signal(enhancing, T1, 0.4) == signal(enhancing, T1)


def test_flair_nulls_fluid():
    assert signal(TISSUES["fluid"], FLAIR) < 0.15 * signal(TISSUES["gray"], FLAIR)


def test_a_sequence_is_drawn_the_same_whichever_others_are_wanted():
    alone = draw_protocols(np.random.default_rng(1), ("flair",))
    among = draw_protocols(np.random.default_rng(1), ("t1", "t2", "flair"))

    assert alone["flair"] == among["flair"]


@pytest.mark.parametrize("seed", range(20))
def test_turbo_sequences_read_many_lines_after_one_excitation_and_t1_reads_one(seed: int):
    run = draw_protocols(np.random.default_rng(seed), ("t1", "t1c", "t2", "flair"))

    assert 9 <= run["t2"].echo_train <= 19
    assert 12 <= run["flair"].echo_train <= 24
    assert run["t1"].echo_train == run["t1c"].echo_train == 1
    assert all(1 <= protocol.averages <= 2 for protocol in run.values())
    assert all(100 < protocol.bandwidth_hz <= 300 for protocol in run.values())
