from typing import get_args

import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.training import LOSSES, SOURCES, TIERS, Loss, Source, Tier, TrainingConfig


def test_every_choice_is_explained() -> None:
    assert set(LOSSES) == set(get_args(Loss))
    assert set(TIERS) == set(get_args(Tier))
    assert set(SOURCES) == set(get_args(Source))


def test_the_choices_and_the_usual_ones_are_those_of_the_training() -> None:
    from neuroscope.learn.reasons.objective import Aim
    from neuroscope.learn.reasons.run import RetrainConfig
    from neuroscope.learn.reasons.tiers import Tier as Trained

    names: set[str] = set()
    for part in get_args(Aim):
        names |= set(get_args(part)) or {part}
    assert names == set(LOSSES)
    assert set(get_args(Trained)) == set(TIERS)
    usual, ours = RetrainConfig(), TrainingConfig()
    for name in ("loss", "tier", "epsilon", "steps", "seed", "polish", "swap_ignored"):
        assert getattr(ours, name) == getattr(usual, name)


@pytest.mark.parametrize(
    "wrong", [{"epsilon": -0.1}, {"epsilon": 99.0}, {"steps": 0}, {"seed": -1}, {"polish": 1001}]
)
def test_what_cannot_be_trained_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInputError, match="training asks"):
        TrainingConfig(**wrong)  # type: ignore[arg-type]
