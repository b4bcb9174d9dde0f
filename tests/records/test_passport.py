import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.passport import (
    TESTS,
    MapTest,
    Passport,
    judged,
    not_assessed,
    passport_from,
    passport_of,
)

FAITHFUL = judged("faithfulness", 0.6, 0.2, interval=(0.3, 0.9), details={"gain": 1.5})
COMPLETE = judged("completeness", 1e-6, 1e-3, rule="at most")
NO_MASK = not_assessed("localization", "Nobody has outlined a tumor here.")


def _passport(*tests):
    return Passport("glioma", "evidence", tests)


def test_a_number_is_compared_with_its_bound():
    assert FAITHFUL.outcome == COMPLETE.outcome == "passed"
    assert judged("completeness", 2e-3, 1e-3, rule="at most").outcome == "failed"
    assert judged("repeatability", 0.4, 0.5).outcome == "failed"


def test_the_worse_end_of_an_interval_decides():
    assert judged("faithfulness", 0.6, 0.2, interval=(0.1, 1.1)).outcome == "failed"
    wide = judged("model_randomization", 0.2, 0.3, rule="at most", interval=(0.1, 0.35))
    assert wide.outcome == "failed"


def test_no_number_is_no_test():
    found = judged("repeatability", float("nan"), 0.5)
    assert (found.outcome, found.value) == ("not assessed", None)


def test_a_passport_counts_what_was_made_and_names_what_failed():
    fine = _passport(FAITHFUL, COMPLETE, NO_MASK)
    assert [test.name for test in fine.tests] == ["completeness", "faithfulness", "localization"]
    assert fine.outcome == "passed"
    assert fine.sentence == "This map passed 2 of 2 tests."
    failed = fine.replaced(judged("faithfulness", -0.1, 0.0))
    assert failed.outcome == "failed"
    assert failed.sentence.startswith("This map failed 1 of 2 tests: blurring what it marks")
    untested = _passport(NO_MASK)
    assert (untested.outcome, untested.sentence) == ("not assessed", "This map was not tested.")


def test_what_was_not_assessed_says_why_and_what_was_has_a_number():
    with pytest.raises(BadInputError, match="does not say why"):
        not_assessed("localization", "")
    with pytest.raises(BadInputError, match="without a number"):
        MapTest("faithfulness", "passed", value=0.3)
    with pytest.raises(BadInputError, match="twice"):
        _passport(FAITHFUL, FAITHFUL)


def test_a_passport_survives_json():
    before = _passport(FAITHFUL, COMPLETE, NO_MASK)
    assert passport_from(before.as_dict()) == before


def test_every_test_has_words():
    for name in TESTS:
        made = judged(name, 0.0, 1.0)
        assert made.claim.endswith(".")
        assert made.outcome == "failed"
        assert _passport(made).sentence.endswith(".")


def test_the_passport_of_a_class_is_found():
    both = (_passport(COMPLETE), Passport("notumor", "evidence", ()))
    assert passport_of(both, "notumor") is both[1]
    assert passport_of(both, "pituitary") is None
