import numpy as np
import pytest

from neuroscope.phantom.scanner.signal import (
    TISSUES,
    Protocol,
    at_field,
    draw_protocols,
    draw_relaxation,
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


@pytest.mark.parametrize("seed", range(200))
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


DARKER_THAN = {  # sequence: pairs of tissues, the darker first
    "t1": ("schwannoma white", "medulloblastoma white", "ependymoma white", "cyst gray", "pus gray",
           "fluid pus", "pus capsule", "infarct white", "plaque white", "wmh white",
           "calcification white"),
    "t2": ("gray schwannoma", "white medulloblastoma", "medulloblastoma edema", "gray ependymoma",
           "edema cyst", "gray pus", "pus fluid", "capsule gray", "gray infarct", "gray plaque",
           "gray wmh", "calcification white"),
    "flair": ("white schwannoma", "white ependymoma", "cyst edema", "fluid pus", "gray infarct",
              "gray plaque", "gray wmh", "calcification white"),
}  # fmt: skip


def test_lesions_are_ordered_in_every_sequence_in_200_random_heads():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        tissue = draw_relaxation(rng)
        run = draw_protocols(rng, ("t1", "t1c", "t2", "flair"))
        for sequence, pairs in DARKER_THAN.items():
            for pair in pairs:
                dark, bright = (signal(tissue[name], run[sequence]) for name in pair.split())
                assert dark < bright, (seed, sequence, pair)
        for name in ("schwannoma", "medulloblastoma", "ependymoma", "capsule", "plaque"):
            enhanced = signal(tissue[name], run["t1c"], 0.28)
            assert enhanced > signal(tissue["white"], run["t1c"]), (seed, name)


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


def test_a_tissue_of_its_own_stream_leaves_the_protocols_alone():
    rng, twin = (np.random.default_rng(3) for _ in range(2))
    draw_relaxation(rng)
    twin.normal(0, 1, 3 * len(TISSUES))

    assert rng.random() == twin.random()


def test_a_weaker_field_shortens_t1_of_tissue_but_not_of_water():
    weak = at_field(TISSUES, 1.5)

    # (1.5 / 3) ** 0.35 = 0.785 for tissue whose T1 is below 1.5 s
    assert weak["white"].t1_ms == pytest.approx(850 * 0.785, rel=0.01)
    assert weak["fluid"].t1_ms == TISSUES["fluid"].t1_ms
    assert weak["white"].t2_ms > TISSUES["white"].t2_ms


@pytest.mark.parametrize("seed", range(20))
def test_tissues_keep_their_order_at_1_5_tesla(seed: int):
    rng = np.random.default_rng(seed)
    tissue = at_field(draw_relaxation(rng), 1.5)
    run = draw_protocols(rng, ("t1", "t2", "flair"))

    t1, t2, flair = (
        {name: signal(tissue[name], run[sequence]) for name in ("white", "gray", "fluid")}
        for sequence in ("t1", "t2", "flair")
    )
    assert t1["white"] > t1["gray"] > t1["fluid"]
    assert t2["fluid"] > t2["gray"] > t2["white"]
    assert flair["gray"] > flair["white"] > flair["fluid"]


def test_fluid_is_darker_than_white_matter_in_2000_flairs():
    for seed in range(2000):
        rng = np.random.default_rng([seed, 2])
        tissue, run = draw_relaxation(rng), draw_protocols(rng, ("flair",))["flair"]

        assert signal(tissue["white"], run) > signal(tissue["fluid"], run), seed
