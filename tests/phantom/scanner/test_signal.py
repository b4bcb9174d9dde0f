import numpy as np
import pytest

from neuroscope.phantom.scanner.signal import (
    TISSUES,
    Canvas,
    Protocol,
    draw_protocols,
    draw_relaxation,
    paint,
    signal,
)

T1 = Protocol("spin echo", 600, 12)
T1C = Protocol("spin echo", 600, 12, gadolinium=True)
T2 = Protocol("spin echo", 5000, 100)
FLAIR = Protocol("inversion", 9000, 120, 2500)


def test_a_spin_echo_of_water_follows_its_equation():
    fluid = TISSUES["fluid"]
    expected = (1 - np.exp(-600 / 4200)) * np.exp(-12 / 1900)

    assert signal(fluid, T1) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(20))
def test_tissues_are_ordered_as_in_any_textbook(seed: int):
    rng = np.random.default_rng(seed)
    tissue = draw_relaxation(rng)
    run = draw_protocols(rng, ("t1", "t1c", "t2", "flair"))

    def bright(sequence: str, name: str, dose: float = 0.0) -> float:
        return signal(tissue[name], run[sequence], dose)

    assert bright("t1", "white") > bright("t1", "gray") > bright("t1", "fluid")
    assert bright("t2", "fluid") > bright("t2", "gray") > bright("t2", "white")
    assert bright("flair", "gray") > bright("flair", "white") > bright("flair", "fluid")
    assert bright("flair", "edema") > bright("flair", "gray")
    assert bright("t2", "edema") > bright("t2", "white")
    assert bright("t1", "enhancing") < bright("t1", "white")
    assert bright("t1c", "enhancing", 0.3) > bright("t1c", "white")


def test_gadolinium_brightens_only_a_sequence_run_after_it():
    enhancing = TISSUES["enhancing"]

    assert signal(enhancing, T1C, 0.4) > 1.3 * signal(enhancing, T1C)
    assert signal(enhancing, T1, 0.4) == signal(enhancing, T1)


def test_flair_nulls_fluid():
    assert signal(TISSUES["fluid"], FLAIR) < 0.15 * signal(TISSUES["gray"], FLAIR)


def test_half_a_voxel_of_fat_gives_the_mean_of_the_signals():
    canvas = Canvas({"t1": np.zeros((1, 1, 1), np.float32)}, {"t1": T1}, TISSUES)
    whole, half = np.ones((1, 1, 1), np.float32), np.full((1, 1, 1), 0.5, np.float32)

    paint(canvas, "muscle", whole)
    paint(canvas, "fat", half)

    mean = (signal(TISSUES["muscle"], T1) + signal(TISSUES["fat"], T1)) / 2
    assert canvas.images["t1"][0, 0, 0] == pytest.approx(mean)


def test_a_dose_map_agrees_with_single_doses():
    canvas = Canvas({"t1c": np.zeros((3, 1, 1), np.float32)}, {"t1c": T1C}, TISSUES)
    doses = np.array([0, 0.25, 0.5], np.float32).reshape(3, 1, 1)

    paint(canvas, "enhancing", np.ones((3, 1, 1), np.float32), gadolinium_mm=doses)

    expected = [signal(TISSUES["enhancing"], T1C, dose) for dose in (0, 0.25, 0.5)]
    np.testing.assert_allclose(canvas.images["t1c"].ravel(), expected, rtol=1e-5)


def test_a_sequence_is_drawn_the_same_whichever_others_are_wanted():
    alone = draw_protocols(np.random.default_rng(1), ("flair",))
    among = draw_protocols(np.random.default_rng(1), ("t1", "t2", "flair"))

    assert alone["flair"] == among["flair"]


def test_a_tissue_of_its_own_stream_leaves_the_protocols_alone():
    rng, twin = (np.random.default_rng(3) for _ in range(2))
    draw_relaxation(rng)
    twin.normal(0, 1, 3 * len(TISSUES))

    assert rng.random() == twin.random()
