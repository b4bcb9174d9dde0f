import pytest

from neuroscope.records.replaced import Replaced


def test_the_fall_counts_beyond_the_middle_of_the_shams() -> None:
    found = Replaced(before=3.0, after=0.5, sham_drops=(0.0, 0.5, -1.0))
    assert (found.drop, found.sham_drop, found.effect) == (2.5, 0.0, 2.5)
    assert found.p_value == pytest.approx(1 / 4)
    assert Replaced(3.0, 2.9, (0.0, 0.5, -1.0)).p_value == pytest.approx(2 / 4)


def test_without_shams_nothing_is_claimed() -> None:
    found = Replaced(before=1.0, after=2.0)
    assert (found.drop, found.sham_drop, found.effect, found.p_value) == (-1.0, None, None, None)
