import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryError
from neuroscope.records.segmentation import Segmentation, Tissue

LABELS = np.zeros((3, 3, 3), np.uint8)
LABELS[1, 1, 1] = 4
TISSUES = {4: Tissue("enhancing tumor", "ET")}


def test_a_mask_is_where_the_label_is():
    mask = Segmentation(LABELS, np.eye(4), TISSUES, "a person").mask(4)
    assert np.argwhere(mask).tolist() == [[1, 1, 1]]


def test_a_label_without_a_name_is_refused():
    with pytest.raises(BadInputError, match=r"\[4\] have no name"):
        Segmentation(LABELS, np.eye(4), {1: Tissue("edema", "ED")}, "a person")


def test_fractions_and_pictures_are_refused():
    with pytest.raises(BadInputError, match="float64"):
        Segmentation(LABELS.astype(float), np.eye(4), TISSUES, "a person")
    with pytest.raises(GeometryError, match="three axes"):
        Segmentation(LABELS[0], np.eye(4), TISSUES, "a person")


def test_labels_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        Segmentation(LABELS, np.eye(4), TISSUES, "a person").labels[0] = 1
