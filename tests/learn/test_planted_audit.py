"""A network that learned a tag is flagged, one that did not is not."""

import pytest
import torch

from neuroscope.learn.planted_audit import QUICK, TOY, judged_toy


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("planted", [True, False])
def test_three_seeds_are_judged_rightly(planted: bool) -> None:
    states = [judged_toy(planted=planted, seed=seed, config=QUICK).state for seed in range(3)]
    assert states == ["flagged" if planted else "clear"] * 3


@pytest.mark.slow
@pytest.mark.parametrize("planted", [True, False])
def test_nineteen_of_twenty_seeds_are_judged_rightly(planted: bool) -> None:
    states = [judged_toy(planted=planted, seed=seed, config=TOY).state for seed in range(20)]
    assert states.count("flagged" if planted else "clear") >= 19
