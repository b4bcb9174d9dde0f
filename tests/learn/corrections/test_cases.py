"""Edited masks lie where they were drawn, and locked patients stay locked."""

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.learn.corrections.cases import EditedCase, edited_case, manifest_sha256, parted
from neuroscope.preprocess.label_scheme import TISSUES
from neuroscope.records.geometry import diagonal
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.volume import Volume


def head(side: int = 120) -> tuple[dict[str, Volume], Volume]:
    """A brain of 1 mm voxels with something to see in it."""
    rng = np.random.default_rng(0)
    ball = np.linalg.norm(np.indices((side,) * 3) - side / 2, axis=0) < 0.45 * side
    voxels = (100 + rng.normal(0, 10, ball.shape)) * ball
    affine = diagonal((1.0, 1.0, 1.0))
    return {"t1c": Volume(voxels.astype(np.float32), affine)}, Volume(ball, affine)


def test_a_mask_lands_where_it_was_drawn_and_keeps_its_volume():
    volumes, brain = head()
    labels = np.zeros(brain.shape, np.uint8)
    labels[30:50, 40:64, 70:90] = 3
    labels[50:60, 40:64, 70:90] = 2
    edited = Segmentation(labels, brain.affine, TISSUES, "ann")
    found = edited_case(volumes, brain, edited, unit="NS-1")

    assert found.unit == "NS-1"
    for label in (2, 3):
        made_ml = (found.case.labels == label).sum() * 8
        assert made_ml == pytest.approx((labels == label).sum(), rel=0.1)
    bright = found.case.images[1] > 0
    center = np.argwhere(found.case.labels > 0).mean(0) - np.argwhere(bright).mean(0)
    wanted = np.argwhere(labels > 0).mean(0) - np.argwhere(np.asarray(brain.voxels)).mean(0)
    assert center * 2 == pytest.approx(wanted, abs=1.0)
    assert not found.case.images[0].any()  # T1 was not there


def test_a_label_that_the_segmenter_does_not_know_is_refused():
    volumes, brain = head(80)
    labels = np.full(brain.shape, 4, np.uint8)
    with pytest.raises(BadInputError, match="label 4"):
        edited_case(volumes, brain, Segmentation(labels, brain.affine, TISSUES, "a"), unit="u")


def test_patients_are_locked_by_name_alone(study):
    edited = [EditedCase(f"NS-{n}", study(n)) for n in range(60)]
    parts = parted(edited)
    assert 10 < len(parts.locked) < 30
    for one in edited[:9]:
        assert bool(parted([one]).locked) == (one.unit in {other.unit for other in parts.locked})
    sides = [{one.unit for one in side} for side in (parts.fit, parts.judge, parts.locked)]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 60
    assert sides[1]


def test_two_studies_of_a_patient_stay_together(study):
    edited = [EditedCase(f"NS-{n // 2}", study(n)) for n in range(20)]
    parts = parted(edited)
    sides = [{one.unit for one in side} for side in (parts.fit, parts.judge, parts.locked)]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 10


def test_of_two_patients_both_are_trained_on_unless_locked(study):
    few = [EditedCase(f"NS-{n}", study(n)) for n in range(20)]
    parts = parted([one for one in few if parted([one]).fit][:2])
    assert len(parts.fit) == 2
    assert not parts.judge


def test_the_manifest_depends_on_every_mask(study):
    edited = [EditedCase("NS-1", study(1))]
    before = manifest_sha256(edited, [study(2)], "settings")
    assert before == manifest_sha256(edited, [study(2)], "settings")
    edited[0].case.labels[0, 0, 0] = 1
    assert manifest_sha256(edited, [study(2)], "settings") != before
