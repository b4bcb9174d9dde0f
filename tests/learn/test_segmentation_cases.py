"""Synthetic studies for the segmenter."""

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.learn.evaluate_segmenter import TEST_SEED
from neuroscope.learn.segmentation_cases import (
    KINDS,
    TRAINING_KINDS,
    CaseDraw,
    decoded,
    drawn_study,
    encoded,
    made_cases,
    outline_of,
    outlines_seen,
    read_case,
    stored_study,
    unseen_numbers,
)
from neuroscope.learn.train_segmenter import SegmenterConfig
from neuroscope.records.segmenterspec import GRID_MULTIPLE

GLIOMAS = CaseDraw(kinds={"glioblastoma": 1.0}, clinical_share=0.0, first_seed=12)


@pytest.fixture(scope="module")
def study():
    return drawn_study(GLIOMAS, 3, None)


def test_labels_and_pictures_lie_on_each_other(study):
    stored = stored_study(study)
    channels = decoded(stored.images)

    assert all(side % GRID_MULTIPLE == 0 for side in stored.labels.shape)
    enhancing, healthy = stored.labels == 3, (stored.labels == 0) & (stored.images[1] > 0)
    rise = channels[1] - channels[0]  # what contrast agent adds
    assert rise[enhancing].mean() > rise[healthy].mean() + 0.5
    edema = stored.labels == 2
    assert channels[3][edema].mean() > channels[3][healthy].mean() + 0.5


def test_nothing_of_the_tumor_is_lost_on_the_way(study):
    stored = stored_study(study)
    made = np.asarray(study.segmentation.labels)
    for label in (1, 2, 3):
        assert (stored.labels == label).sum() == pytest.approx((made == label).sum(), rel=0.03)


def test_sides_are_kept(study):
    stored = stored_study(study)
    made = np.argwhere(np.asarray(study.segmentation.labels) > 0).mean(0)
    center = (study.segmentation.affine @ [*made, 1])[0]
    brain = np.argwhere(stored.images[1] > 0)
    middle = (brain[:, 0].min() + brain[:, 0].max()) / 2
    there = np.argwhere(stored.labels > 0)[:, 0].mean() - middle

    assert abs(center) > 5, "choose a seed whose tumor is not in the middle"
    assert np.sign(there) == np.sign(center)


def test_what_is_no_tumor_has_no_label():
    stored = stored_study(drawn_study(CaseDraw(kinds={"stroke": 1.0}, first_seed=12), 0, None))
    assert not stored.labels.any()


def test_gray_values_survive_a_byte():
    values = np.linspace(-4, 6, 64, dtype=np.float32).reshape(1, 4, 4, 4)
    values = np.concatenate([values, np.zeros_like(values)])
    back = decoded(encoded(values))

    np.testing.assert_allclose(back[0], values[0], atol=0.021)
    assert not back[1].any()


def test_the_same_draw_gives_the_same_studies_once(tmp_path):
    draw = CaseDraw(kinds={"none": 1.0}, first_seed=5)
    first = made_cases(draw, range(1), cache=tmp_path / "a")
    written = first[0].stat().st_mtime_ns
    assert made_cases(draw, range(1), cache=tmp_path / "a") == first
    assert first[0].stat().st_mtime_ns == written

    again = made_cases(draw, range(1), cache=tmp_path / "b")
    np.testing.assert_array_equal(read_case(first[0]).images, read_case(again[0]).images)


@pytest.mark.parametrize("kinds", [{}, {"glioblastoma": 0.0}, {"unicorn": 1.0}])
def test_impossible_draws_are_refused(kinds):
    with pytest.raises(BadInputError):
        CaseDraw(kinds=kinds)


def test_training_draws_other_shares_of_the_same_kinds_and_the_test_stays_as_it_was():
    assert SegmenterConfig().draw.kinds == TRAINING_KINDS
    assert CaseDraw().kinds == KINDS  # of the card: numbers before and after can be compared
    assert TRAINING_KINDS.keys() == KINDS.keys()
    assert sum(TRAINING_KINDS.values()) == pytest.approx(1)
    assert TRAINING_KINDS["metastases"] > KINDS["metastases"]


@pytest.fixture
def outlines(tmp_path):
    """A list of 40 outlines, of which three are of patients who are measured as real studies."""
    rows = [f"case-{n},HGG,{'brats3d/x' if n < 3 else ''}" for n in range(40)]
    (tmp_path / "brats20_masks_128").mkdir()
    (tmp_path / "brats20_masks_128" / "index.csv").write_text(
        "\n".join(["id,grade,full_resolution_case", *rows])
    )
    return tmp_path


def test_no_outline_is_one_of_a_patient_who_is_measured(outlines):
    drawn = [outline_of(GLIOMAS, number, outlines) for number in range(400)]
    assert 0.35 < np.mean([name != "" for name in drawn]) < 0.6
    assert {f"case-{n}" for n in range(3, 40)} == set(drawn) - {""}


def test_test_studies_share_no_outline_with_any_training_behind_the_weights(outlines):
    kinds = {"kinds": {"glioblastoma": 1.0}}
    earlier = {"config": {"draw": kinds, "cases": 6, "val_cases": 2}, "real_outlines": True}
    run = {
        "config": {"draw": {**kinds, "first_seed": 99}, "cases": 20, "val_cases": 2},
        "real_outlines": True,
        "started_from": earlier,
    }
    seen = outlines_seen(run, outlines)
    assert outlines_seen(earlier, outlines) < seen
    assert outlines_seen({**run, "real_outlines": False}, outlines) == outlines_seen(
        earlier, outlines
    )
    draw = CaseDraw(first_seed=TEST_SEED)
    left = unseen_numbers(run, draw, 150, outlines)
    kept = {outline_of(draw, number, outlines) for number in left}
    gone = {outline_of(draw, n, outlines) for n in range(150) if n not in left}
    assert kept & seen == set()
    assert "" in kept
    assert gone
    assert gone <= seen
    assert unseen_numbers(run, draw, 150, None) == list(range(150))


def test_studies_that_intervals_were_fitted_to_count_as_seen(outlines):
    draw = {"kinds": {"glioblastoma": 1.0}, "first_seed": 5}
    run = {"config": {"draw": draw, "cases": 1, "val_cases": 1}, "real_outlines": True}
    fitted = {"draw": {**draw, "first_seed": 6}, "numbers": [3, 4, 5, 8, 9, 11]}
    more = outlines_seen({**run, "fitted_on": fitted}, outlines) - outlines_seen(run, outlines)
    drawn = {outline_of(CaseDraw(**fitted["draw"]), n, outlines) for n in fitted["numbers"]}
    assert more
    assert more <= drawn
