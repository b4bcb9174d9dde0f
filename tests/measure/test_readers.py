"""Agreement of readers on drawn outlines whose overlap is known beforehand."""

import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.measure.readers import (
    Reading,
    case_weight,
    compare_readers,
    disagreement_map,
    reader_weights,
    summarize,
    voxel_kappa,
)

SPACING = (2.0, 1.0)


def box(top, left, rows=10, columns=10, shape=(40, 50)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[top : top + rows, left : left + columns] = True
    return mask


def reading(case, patient="p", **masks) -> Reading:
    return Reading(case, patient, masks, SPACING)


def test_a_shifted_box_has_known_scores():
    [score] = compare_readers([reading("c", b=box(10, 10), a=box(12, 10))])
    assert score.readers == ("a", "b")
    assert score.dice == pytest.approx(0.8)
    assert score.iou == pytest.approx(2 / 3)
    assert score.hd95_mm == 4.0  # two rows of 2 mm
    [turned] = compare_readers([reading("c", b=box(10, 10), a=box(10, 12))])
    assert turned.hd95_mm == 2.0  # two columns of 1 mm


def test_at_the_edge_of_a_large_grid_distances_are_the_same():
    small = compare_readers([reading("c", a=box(0, 0), b=box(0, 3))])
    wide = [box(0, 0, shape=(200, 300)), box(0, 3, shape=(200, 300))]
    large = compare_readers([reading("c", a=wide[0], b=wide[1])])
    assert small == large


def test_found_nothing_is_an_answer_and_did_not_look_is_none():
    nothing = np.zeros((40, 50), bool)
    scores = compare_readers(
        [
            reading("both", a=nothing, b=nothing),
            reading("one", a=box(3, 3), b=nothing),
            reading("alone", a=box(3, 3)),
        ]
    )
    assert [(s.case, s.dice, s.one_sided) for s in scores] == [
        ("both", 1.0, False),
        ("one", 0.0, True),
    ]
    found = summarize(scores, resamples=20)
    assert found is not None
    assert found.hd95_mm is None
    assert found.one_sided == 1
    assert found.dice.n == 2


def test_intervals_draw_patients_and_pairs_can_be_asked_for():
    rng = np.random.default_rng(0)
    readings = []
    for patient in range(12):
        shift = int(rng.integers(0, 6))
        for cut in range(8):
            masks = {"a": box(8, 8), "b": box(8, 8 + shift), "c": box(8, 8)}
            readings.append(reading(f"{patient}-{cut}", f"p{patient}", **masks))
    scores = compare_readers(readings)
    whole = summarize(scores, resamples=200)
    same = summarize(scores, readers=("c", "a"), resamples=20)
    assert whole is not None
    assert same is not None
    assert (whole.dice.n, whole.dice.units) == (12 * 8 * 3, 12)
    assert (same.dice.value, same.dice.low, same.dice.high) == (1, 1, 1)
    assert whole.dice.low < whole.dice.value < whole.dice.high
    assert whole.dice.high - whole.dice.low > 0.05  # 96 slices would look surer than 12 patients
    assert summarize(scores, readers=("a", "nobody")) is None
    assert whole == summarize(scores, resamples=200)


def test_weights_are_the_mean_dice_with_the_others():
    masks = {"a": box(10, 10), "b": box(10, 12), "c": box(10, 20)}  # Dice ab .8, ac 0, bc .2
    scores = compare_readers([reading("c", **masks), reading("d", a=box(5, 5), b=box(5, 5))])
    weights = reader_weights(scores)
    assert weights == pytest.approx({"a": (0.4 + 1) / 2, "b": (0.5 + 1) / 2, "c": 0.1})


def test_what_enters_the_loss_is_the_trust_in_a_case():
    weights = {"a": 0.9, "b": 0.6}
    assert case_weight(reading("c", a=box(10, 10), b=box(10, 12)), weights) == pytest.approx(0.8)
    assert case_weight(reading("c", b=box(10, 10)), weights) == 0.6
    assert case_weight(reading("c", new=box(10, 10)), weights) == 1
    assert case_weight(reading("c"), weights) == 0


def test_the_map_shows_the_share_of_pairs_that_differ():
    found = disagreement_map(reading("c", a=box(10, 10), b=box(10, 12), c=box(10, 12)))
    assert set(np.unique(found).tolist()) == {0, np.float32(2 / 3).item()}
    assert found[15, 10] > 0
    assert found[15, 15] == 0
    assert found[0, 0] == 0
    pair = disagreement_map(reading("c", a=box(10, 10), b=box(10, 12)))
    assert np.array_equal(pair, (box(10, 10) ^ box(10, 12)).astype(np.float32))


def test_kappa_of_voxels_knows_chance():
    rng = np.random.default_rng(3)
    noise = reading("c", a=rng.random((60, 60)) < 0.5, b=rng.random((60, 60)) < 0.5)
    assert voxel_kappa(noise) == pytest.approx(0, abs=0.05)
    assert voxel_kappa(reading("c", a=box(9, 9), b=box(9, 9))) == 1
    assert np.isnan(voxel_kappa(reading("c", a=box(0, 0, 0), b=box(0, 0, 0))))


def test_other_grids_and_lonely_readers_are_refused():
    with pytest.raises(GeometryMismatchError):
        reading("c", a=box(1, 1), b=box(1, 1, shape=(40, 51)))
    with pytest.raises(GeometryMismatchError):
        Reading("c", "p", {"a": box(1, 1)}, (1.0, 1.0, 1.0))
    with pytest.raises(BadInputError):
        disagreement_map(reading("c", a=box(1, 1)))
