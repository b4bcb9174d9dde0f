from functools import cache

import numpy as np
import pytest

from neuroscope.phantom.scanner.relaxation import TISSUES, at_field
from neuroscope.phantom.scanner.signal import draw_protocols, signal
from neuroscope.phantom.scanner.tissues import draw_relaxation

MR = ("t1", "t1c", "t2", "flair")
DARKER_THAN = {  # sequence: pairs of tissues, the darker first
    "t1": ("gray white", "fluid gray", "enhancing white", "nonenhancing white", "edema white",
           "necrosis gray", "mismatch gray", "meningioma white", "pituitary white",
           "schwannoma white", "medulloblastoma white", "ependymoma white", "cyst gray", "pus gray",
           "fluid pus", "pus capsule", "infarct white", "plaque white", "wmh white",
           "calcification white"),
    "t2": ("white gray", "gray fluid", "white edema", "gray enhancing", "gray nonenhancing",
           "gray necrosis", "gray mismatch", "white meningioma",
           "gray schwannoma", "white medulloblastoma", "medulloblastoma edema", "gray ependymoma",
           "edema cyst", "gray pus", "pus fluid", "capsule gray", "gray infarct", "gray plaque",
           "gray wmh", "calcification white"),
    "flair": ("white gray", "fluid white", "gray edema", "gray nonenhancing", "necrosis edema",
              "mismatch white", "mismatch nonenhancing",
              "white schwannoma", "white ependymoma", "cyst edema", "fluid pus", "gray infarct",
              "gray plaque", "gray wmh", "calcification white"),
}  # fmt: skip
ENHANCING = ("enhancing", "meningioma", "pituitary", "schwannoma", "medulloblastoma", "ependymoma",
             "capsule", "plaque")  # fmt: skip


@cache
def head(seed):
    """Draw a person and the protocols of a visit: the same for every contrast."""
    rng = np.random.default_rng(seed)
    return draw_relaxation(rng), draw_protocols(rng, MR)


@pytest.mark.parametrize("field_t", [3, 1.5])
@pytest.mark.parametrize("sequence", [*DARKER_THAN, "t1c"])
def test_every_contrast_orders_the_tissues_in_200_random_heads(sequence, field_t):
    for seed in range(200):
        drawn, protocols = head(seed)
        tissue, run = at_field(drawn, field_t), protocols[sequence]
        if sequence == "t1c":
            white = signal(tissue["white"], run)
            for name in ENHANCING:
                assert signal(tissue[name], run, 0.28) > white, (seed, name)
            continue
        for pair in DARKER_THAN[sequence]:
            dark, bright = (signal(tissue[name], run) for name in pair.split())
            assert dark < bright, (seed, pair)


@pytest.mark.parametrize("number", [200, pytest.param(2000, marks=pytest.mark.slow)])
def test_fluid_is_darker_than_white_matter_in_flairs(number):
    for seed in range(number):
        rng = np.random.default_rng([seed, 2])
        tissue, run = draw_relaxation(rng), draw_protocols(rng, ("flair",))["flair"]

        assert signal(tissue["white"], run) > signal(tissue["fluid"], run), seed


def test_order_is_kept_by_small_changes_of_few_tissues():
    """Scatter alone spreads by 15 %; what the rules add leaves means of tissues where they are."""
    drawn = [head(seed)[0] for seed in range(200)]

    for name, mean in TISSUES.items():
        assert np.median([one[name].t2_ms for one in drawn]) == pytest.approx(mean.t2_ms, rel=0.05)
        assert np.median([one[name].t1_ms for one in drawn]) == pytest.approx(mean.t1_ms, rel=0.05)
        assert max(one[name].t1_ms for one in drawn) < 1.6 * mean.t1_ms


def test_a_tissue_of_its_own_stream_leaves_the_protocols_alone():
    rng, twin = (np.random.default_rng(3) for _ in range(2))
    draw_relaxation(rng)
    twin.normal(0, 1, 3 * len(TISSUES))

    assert rng.random() == twin.random()
