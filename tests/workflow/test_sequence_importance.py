import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.prediction import ModelRef, Prediction
from neuroscope.records.study import Series
from neuroscope.workflow.sequence_importance import centered_log_p, sequence_importance

MODEL = ModelRef("known", "1", "0" * 64)
FOUR = tuple(Series(id=role, role=role) for role in ("t1", "t1c", "t2", "flair"))


def says(glioma):
    rest = (1 - glioma) / 3
    p = {"glioma": glioma, "meningioma": rest, "pituitary": rest, "notumor": rest}
    return Prediction(p_class=p, model=MODEL)


def test_shares_sum_to_what_the_study_is_told():
    answers = {"t1": says(0.4), "t1c": says(0.9), "t2": says(0.3), "flair": says(0.6)}
    found = sequence_importance(FOUR, answers, "glioma")
    told = np.log(0.9) - (np.log(0.9) + 3 * np.log(0.1 / 3)) / 4
    assert found.total == pytest.approx(told)
    assert sum(one.share for one in found.shares) == pytest.approx(told)
    assert found.speaks == "t1c"
    shares = {one.series_id: one.share for one in found.shares}
    assert max(shares, key=shares.__getitem__) == "t1c"
    assert [one.series_id for one in found.shares] == ["t1", "t1c", "t2", "flair"]


def test_a_series_that_never_speaks_has_no_share():
    series = (*FOUR[:2], Series(id="ct", role="ct"))
    answers = {"t1": says(0.7), "t1c": says(0.7), "ct": says(0.25)}
    found = {o.series_id: o for o in sequence_importance(series, answers, "glioma").shares}
    assert found["ct"].alone == pytest.approx(0)
    assert found["ct"].share == pytest.approx(0)
    # Equal answers of t1 and t1c stand in for each other: an equal share for each.
    assert found["t1"].share == pytest.approx(found["t1c"].share)


def test_one_series_has_it_all():
    found = sequence_importance(FOUR, {"flair": says(0.8)}, "glioma")
    (only,) = found.shares
    assert only.share == only.alone == found.total == centered_log_p(says(0.8), "glioma")


def test_nothing_answered_and_unknown_classes_are_refused():
    with pytest.raises(BadInputError, match="0 series"):
        sequence_importance(FOUR, {}, "glioma")
    with pytest.raises(BadInputError, match="no class"):
        sequence_importance(FOUR, {"t1": says(0.8)}, "cyst")
