import numpy as np
import pytest

from neuroscope.models.volume_decision import decide_volume, tumor_margin

HEALTHY = np.array([-1.0, -1.0, -1.0, 3.0], np.float32)
GLIOMA = np.array([4.0, 0.0, -1.0, -2.0], np.float32)
MENINGIOMA = np.array([0.0, 4.0, -1.0, -2.0], np.float32)
WHOLE = np.ones(60, np.float32)


def volume(**tumors):
    logits = np.tile(HEALTHY, (60, 1))
    for span, kind in tumors.items():
        start, stop = map(int, span[1:].split("_"))
        logits[start:stop] = kind
    return logits


def test_sustained_evidence_decides_although_most_slices_are_healthy():
    decided = decide_volume(volume(s20_32=GLIOMA), WHOLE, gap_mm=1.0)
    np.testing.assert_allclose(decided.logits, GLIOMA, atol=1e-6)
    assert set(decided.decided_by) <= set(range(20, 32))
    assert len(decided.decided_by) == 9


def test_one_odd_slice_decides_nothing():
    decided = decide_volume(volume(s20_21=GLIOMA), WHOLE, gap_mm=1.0)
    assert int(decided.logits.argmax()) == 3


def test_slices_that_disagree_about_the_kind_weigh_less_than_slices_that_agree():
    logits = volume(s40_52=MENINGIOMA)
    logits[10:22:2], logits[11:22:2] = GLIOMA, MENINGIOMA
    decided = decide_volume(logits, WHOLE, gap_mm=1.0)
    assert min(decided.decided_by) >= 40


def test_thick_slices_need_two():
    one = volume(s20_21=1.2 * GLIOMA)
    two = volume(s20_22=GLIOMA)
    assert len(decide_volume(two, WHOLE, gap_mm=6.5).decided_by) == 2
    assert int(decide_volume(two, WHOLE, gap_mm=6.5).logits.argmax()) == 0
    assert decide_volume(one, WHOLE, gap_mm=6.5).logits[0] == pytest.approx((4.8 - 1) / 2)


def test_a_header_that_makes_thick_slices_thin_does_not_drown_a_lesion():
    logits = np.tile(HEALTHY, (20, 1))
    logits[9:13] = GLIOMA
    decided = decide_volume(logits, WHOLE[:20], gap_mm=1.0)  # 20 slices cannot be 1 mm thick
    assert len(decided.decided_by) == 3
    assert int(decided.logits.argmax()) == 0


def test_the_crown_does_not_vote():
    head = WHOLE.copy()
    head[:15] = 0.4
    decided = decide_volume(volume(s0_15=GLIOMA), head, gap_mm=1.0)
    assert int(decided.logits.argmax()) == 3
    assert min(decided.decided_by) >= 15


@pytest.mark.parametrize("number", [1, 2, 3])
def test_few_slices_are_enough(number):
    decided = decide_volume(np.tile(GLIOMA, (number, 1)), WHOLE[:number], gap_mm=5.0)
    assert len(decided.decided_by) == min(2, number)
    np.testing.assert_allclose(decided.logits, GLIOMA, atol=1e-6)


def test_the_strongest_slice_is_named_first():
    logits = volume(s20_32=GLIOMA)
    logits[24, 0] = 9.0
    assert decide_volume(logits, WHOLE, gap_mm=1.0).decided_by[0] == 24


def test_margin_is_the_best_tumor_over_no_tumor():
    np.testing.assert_allclose(tumor_margin(np.stack([HEALTHY, GLIOMA])), [-4.0, 6.0])


def test_a_tumor_must_exceed_what_healthy_heads_reach():
    logits = volume(s20_32=GLIOMA)
    plain = decide_volume(logits, WHOLE, gap_mm=1.0)
    margin = tumor_margin(plain.logits)
    strict = decide_volume(logits, WHOLE, gap_mm=1.0, allowance=float(margin) + 0.1)
    assert int(plain.logits.argmax()) == 0
    assert int(strict.logits.argmax()) == 3
    assert strict.decided_by == plain.decided_by
    np.testing.assert_allclose(np.delete(strict.logits, 3), np.delete(plain.logits, 3))
