import pytest

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.records.measured import NOT_ASSESSED, Feature, Measurements, Midline
from neuroscope.records.measurement import CrossedDiameters, Line, Measurement

VOLUME = Measurement("WT volume", 4.2, "ml", "counted", "seg-1", (4.0, 4.4))


def test_a_number_is_found_by_its_name_or_missed_loudly():
    measured = Measurements("seg-1", (VOLUME,))
    assert measured.named("WT volume") is VOLUME
    with pytest.raises(NotFoundError, match="'midline shift' was not measured"):
        measured.named("midline shift")


def test_two_numbers_of_one_name_are_refused():
    with pytest.raises(BadInputError, match="stands twice"):
        Measurements("seg-1", (VOLUME, VOLUME))


def test_a_line_has_a_length_and_a_cross_a_product():
    first = Line((0.0, 0.0, 1.0), (3.0, 4.0, 1.0))
    second = Line((0.0, 2.0, 1.0), (0.0, 4.0, 1.0))
    assert CrossedDiameters(first, second, "axial", 2, 1).product_mm2 == pytest.approx(10)


def test_the_midline_tells_how_far_to_the_right_a_point_lies():
    midline = Midline((2.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    assert midline.offset_mm((7.0, 30.0, 9.0)) == 5
    assert midline.offset_mm((-1.0, 30.0, 9.0)) == -3


def test_a_feature_knows_whether_it_was_assessed():
    assert not Feature(17, "Diffusion", NOT_ASSESSED, "no such image").is_assessed
    assert Feature(2, "Side", "left", "plane").is_assessed
