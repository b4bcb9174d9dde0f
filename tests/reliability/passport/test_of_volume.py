import numpy as np
import pytest

from neuroscope.records.heatmap import Heatmap
from neuroscope.records.passport import Passport, PassportRules, judged, not_assessed
from neuroscope.records.volumeevidence import Consistency, VolumeEvidence
from neuroscope.reliability.passport.of_volume import (
    consistency_test,
    fused_passport,
    volume_passports,
)

RULES = PassportRules(
    "0" * 64, {"localization": 0.2}, (not_assessed("label_randomization", "No."),)
)
SHAPE = (6, 7, 8)


def _slice(repeated, faithful, target="glioma"):
    return Passport(
        target,
        "evidence",
        (
            judged("completeness", 1e-6, 1e-3, rule="at most"),
            judged("repeatability", repeated, 0.5, details={"soft_dice": repeated}),
            judged("faithfulness", faithful, 0.1, interval=(faithful - 0.2, faithful + 0.2)),
        ),
    )


def _test(passport, name):
    return next(test for test in passport.tests if test.name == name)


def test_numbers_are_means_over_the_slices_that_decided():
    slices = [(_slice(0.9, 1.0),), (_slice(0.7, 0.4),)]
    (found,) = volume_passports(slices, 2e-6)
    assert _test(found, "repeatability").value == pytest.approx(0.8)
    assert _test(found, "repeatability").details["slices"] == 2
    faithful = _test(found, "faithfulness")
    assert faithful.value == pytest.approx(0.7)
    assert faithful.interval == pytest.approx((0.5, 0.9))
    assert found.outcome == "passed"


def test_the_gap_of_any_slice_counts_for_the_volume():
    (found,) = volume_passports([(_slice(0.9, 1.0),)], 0.5)
    assert _test(found, "completeness").value == 0.5
    assert found.outcome == "failed"


def _evidence(values, consistency, target="glioma"):
    heatmap = Heatmap(values, "fused", target, 1.0, 0.3, affine=np.diag([1.0, 1, 4, 1]))
    return VolumeEvidence(heatmap, (), consistency, None, 0.0)


def _blob():
    values = np.zeros(SHAPE, np.float32)
    values[1, 2, 3] = 1.0
    return values


def test_the_fused_map_is_compared_with_the_segmentation_and_its_axes():
    tumor = _blob() > 0
    agree = Consistency((), 0.6, 0.01, 100)
    found = fused_passport(_evidence(_blob(), agree), RULES, tumor=tumor)
    assert {test.name for test in found.assessed} == {"localization", "consistency"}
    assert found.outcome == "passed"
    elsewhere = np.zeros(SHAPE, bool)
    elsewhere[5, 6, 7] = True
    assert fused_passport(_evidence(_blob(), agree), RULES, tumor=elsewhere).outcome == "failed"


def test_a_mask_on_another_grid_is_named_and_not_assessed():
    tumor = np.ones((3, 3, 3), bool)
    found = fused_passport(_evidence(_blob(), None), RULES, tumor=tumor)
    test = _test(found, "localization")
    assert test.outcome == "not assessed"
    assert "(3, 3, 3)" in test.reason
    assert found.outcome == "not assessed"


def test_a_map_for_no_tumor_lies_nowhere():
    found = fused_passport(_evidence(_blob(), None, "notumor"), RULES, tumor=_blob() > 0)
    assert _test(found, "localization").outcome == "not assessed"


@pytest.mark.parametrize(
    ("score", "p", "outcome"), [(0.6, 0.01, "passed"), (0.2, 0.01, "failed"), (0.6, 0.4, "failed")]
)
def test_axes_must_agree_more_than_by_chance(score, p, outcome):
    assert consistency_test(Consistency((), score, p, 100)).outcome == outcome
    assert consistency_test(None).outcome == "not assessed"
