"""Probabilities of others to labels and doubt."""

import numpy as np
import pytest

from neuroscope.models.answer import (
    CAVITY,
    CAVITY_APART,
    NOT_VALIDATED,
    answer,
    p_regions_of_classes,
    p_regions_of_tissues,
)
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.records.prediction import ModelRef
from neuroscope.records.volume import Volume

SHAPE = (20, 22, 24)
MODEL = ModelRef("theirs", "1", "0" * 64)
TISSUES = {"NCR": "NCR", "edema": "ED", "ET": "ET", "RC": "RC"}


def test_classes_add_up_to_nested_regions():
    p = np.array([0.1, 0.2, 0.3, 0.35, 0.05], np.float32).reshape(5, 1, 1, 1)
    names = ("background", "NCR", "edema", "ET", "RC")
    regions, cavity = p_regions_of_classes(p, names, TISSUES)

    assert regions["WT"].item() == pytest.approx(0.85)
    assert regions["TC"].item() == pytest.approx(0.55)
    assert regions["ET"].item() == pytest.approx(0.35)
    assert cavity is not None
    assert cavity.item() == pytest.approx(0.05)


def test_two_classes_of_one_tissue_add_up():
    p = np.array([0.2, 0.5, 0.3], np.float32).reshape(3, 1, 1, 1)
    regions, cavity = p_regions_of_classes(
        p, ("background", "NET", "cyst"), {"NET": "NCR", "cyst": "NCR"}
    )
    assert regions["TC"].item() == pytest.approx(0.8)
    assert regions["ET"].item() == 0
    assert cavity is None


def test_a_tissue_that_the_model_does_not_know_is_nowhere():
    half = np.full(SHAPE, 0.5, np.float32)
    assert not p_regions_of_tissues({"ED": half}, half)["TC"].any()


def test_labels_are_nested_and_nothing_lies_outside_the_brain():
    brain = np.zeros(SHAPE, bool)
    brain[2:-2, 2:-2, 2:-2] = True
    whole = np.zeros(SHAPE, np.float32)
    whole[0:14, 4:18, 4:20] = 0.95
    core, enhancing = np.zeros_like(whole), np.zeros_like(whole)
    core[5:12, 6:14, 6:16] = 0.9
    enhancing[6:9, 8:12, 8:12] = 0.8
    cavity = np.zeros_like(whole)
    cavity[15:17, 8:12, 8:12] = 0.9
    study = SegmenterStudy({}, Volume(brain, np.eye(4)))
    found = answer(
        {"WT": whole, "TC": core, "ET": enhancing}, study, MODEL, present=("t1c",), p_cavity=cavity
    )
    labels = np.asarray(found.segmentation.labels)

    assert not labels[~brain].any()
    assert (labels == 3).sum() == 3 * 4 * 4
    assert (labels == 1).sum() == 7 * 8 * 10 - 3 * 4 * 4
    assert (labels == 2).sum() == 12 * 14 * 16 - 7 * 8 * 10
    assert (labels == CAVITY).sum() == 2 * 4 * 4
    assert found.segmentation.tissues[CAVITY].code == "RC"
    assert {CAVITY_APART, NOT_VALIDATED} <= set(found.cautions)
    assert not found.volume_ml


def test_doubt_is_that_of_the_region_least_sure():
    p = np.full(SHAPE, 0.99, np.float32)
    study = SegmenterStudy({}, Volume(np.ones(SHAPE, bool), np.eye(4)))
    found = answer({"WT": p, "TC": p, "ET": p - 0.49}, study, MODEL, present=())
    assert found.uncertainty is not None
    assert np.asarray(found.uncertainty).min() == pytest.approx(1.0, abs=1e-3)
