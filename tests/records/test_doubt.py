"""A doubt keeps what it is given, and comes back from JSON as it was."""

import json

import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.doubt import Doubt, doubt_of
from neuroscope.records.prediction import ModelRef, Prediction

SETS = {"80": (), "90": ("glioma",), "95": ("glioma", "notumor")}
FITS = {"glioma": 0.3, "meningioma": 0.01, "pituitary": 0.01, "notumor": 0.06}


def doubt(**changes):
    known = {
        "sets": SETS,
        "p_fits": FITS,
        "p_ordinary": 0.4,
        "p_tests": {"neighbors": 0.3, "distance": 0.5, "energy": 0.9},
        "p_tumor": 0.8,
        "tumor_threshold": 0.3,
        "sensitivity": 0.95,
    }
    return Doubt(**{**known, **changes})


def test_a_doubt_survives_json():
    assert doubt_of(json.loads(json.dumps(doubt().as_dict()))) == doubt()


def test_what_a_later_version_adds_is_left_out():
    assert doubt_of({**doubt().as_dict(), "more": 1}) == doubt()


def test_nothing_assessed_stays_nothing():
    assert doubt_of(None) is None


def test_levels_stand_all_or_not_at_all():
    assert doubt(sets={}).sets == {}
    with pytest.raises(BadInputError, match="levels"):
        doubt(sets={"90": ("glioma",)})
    with pytest.raises(BadInputError, match="levels"):
        doubt(sets={**SETS, "99": ()})


def test_a_share_above_one_is_refused():
    with pytest.raises(BadInputError, match="share"):
        doubt(p_ordinary=1.2)


@pytest.mark.parametrize(("p", "said"), [(0.3, True), (0.299, False), (None, None)])
def test_tumor_is_said_from_the_threshold_on(p, said):
    assert doubt(p_tumor=p).is_tumor is said
    assert doubt(p_tumor=p, tumor_threshold=None).is_tumor is None


def test_a_prediction_abstains_for_a_reason_and_not_without_an_assessment():
    known = {
        "p_class": {"glioma": 1.0, "meningioma": 0.0, "pituitary": 0.0, "notumor": 0.0},
        "model": ModelRef("evidence", "1", "0" * 64),
    }
    assert not Prediction(**known).abstained
    assert not Prediction(**known, doubt=doubt()).abstained
    assert Prediction(**known, doubt=doubt(abstains=("Turn it.",))).abstained
