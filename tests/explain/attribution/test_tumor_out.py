import numpy as np
import pytest
from tests.explain.attribution.toys import Of, detector

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.explain.attribution.question import Question
from neuroscope.explain.attribution.tumor_out import sham_regions, tumor_out

SIDE = 48


def head():
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.hypot(rows - 24, columns - 24) < 21


def tumor():
    region = np.zeros((SIDE, SIDE), bool)
    region[15:21, 27:34] = True
    return region


def picture():
    noise = np.random.default_rng(0).normal(0, 0.02, (SIDE, SIDE))
    image = np.where(head(), 0.4 + noise, 0)
    image[tumor()] = 1.0
    return image.astype(np.float32)


def test_a_network_that_sees_the_tumor_falls_without_it_and_not_with_shams():
    question = Question(image=picture(), head=head(), target=0)
    found = tumor_out(detector(), question, tumor())
    assert found.scores.after == pytest.approx(0, abs=1e-3)
    assert found.scores.drop == pytest.approx(found.scores.before, abs=1e-3)
    assert found.scores.drop > 0.01
    assert len(found.scores.sham_drops) == 8
    assert np.abs(found.scores.sham_drops).max() < 0.05 * found.scores.drop
    assert found.scores.effect == pytest.approx(found.scores.drop, rel=0.05)
    assert found.scores.p_value == pytest.approx(1 / 9)
    assert found.without[tumor()].max() < 0.6


def test_a_network_that_looks_elsewhere_has_no_effect():
    corner = Of(lambda image: image[:, 0, 30:36, 10:16].mean((1, 2)))
    found = tumor_out(corner, Question(image=picture(), head=head(), target=0), tumor())
    assert abs(found.scores.drop) < 0.01
    assert found.scores.p_value is not None
    assert found.scores.p_value > 0.2


def test_shams_have_the_size_of_the_region_and_touch_neither_it_nor_air():
    shams = sham_regions(tumor(), head() & ~tumor(), seed=3)
    assert len(shams) == 8
    for sham in shams:
        assert sham.sum() == tumor().sum()
        assert not (sham & tumor()).any()
        assert (sham & head()).sum() >= 0.95 * sham.sum()
    again = sham_regions(tumor(), head() & ~tumor(), seed=3)
    assert all(np.array_equal(a, b) for a, b in zip(shams, again, strict=True))


def test_without_room_there_is_no_sham_and_no_verdict():
    everything = head()
    found = tumor_out(detector(), Question(image=picture(), head=head(), target=0), everything)
    assert found.scores.sham_drops == ()
    assert (found.scores.effect, found.scores.p_value) == (None, None)


def test_masks_that_do_not_fit_are_refused():
    question = Question(image=picture(), head=head(), target=0)
    with pytest.raises(BadInputError, match="empty"):
        tumor_out(detector(), question, np.zeros((SIDE, SIDE), bool))
    with pytest.raises(GeometryMismatchError):
        tumor_out(detector(), question, np.ones((SIDE, SIDE + 1), bool))
