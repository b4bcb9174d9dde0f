import pytest

from neuroscope.phantom.scanner.relaxation import TISSUES, at_field


def test_a_weaker_field_shortens_t1_of_tissue_but_not_of_water():
    weak = at_field(TISSUES, 1.5)

    # (1.5 / 3) ** 0.35 = 0.785 for tissue whose T1 is below 1.5 s
    assert weak["white"].t1_ms == pytest.approx(850 * 0.785, rel=0.01)
    assert weak["fluid"].t1_ms == TISSUES["fluid"].t1_ms
    assert weak["white"].t2_ms > TISSUES["white"].t2_ms


def test_the_table_is_that_of_3_tesla():
    assert at_field(TISSUES, 3) == TISSUES
