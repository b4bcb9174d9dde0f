"""A study and its edited mask reach the segmenter's grid together."""

import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import make_case
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.records.volume import Volume
from neuroscope.workflow.edited_study import edited_study


@pytest.fixture(scope="module")
def case():
    return make_case("glioblastoma", seed=21, spacing_mm=3.0, wish=Wish(side="left"))


def test_an_edited_mask_keeps_its_volume_and_its_side(case, imported_phantom):
    labels = np.asarray(case.segmentation.labels)
    mask = Volume(labels, case.segmentation.affine)
    found, _ = edited_study(imported_phantom(case), mask, unit="NS-1", as_is=True)
    assert found.unit == "NS-1"
    made_ml, true_ml = (found.case.labels > 0).sum() * 0.008, (labels > 0).sum() * 0.027
    assert made_ml == pytest.approx(true_ml, rel=0.05)
    brain = np.argwhere(found.case.images[1] > 0)
    middle = (brain[:, 0].min() + brain[:, 0].max()) / 2
    assert np.argwhere(found.case.labels > 0)[:, 0].mean() < middle - 3


def test_labels_of_no_scheme_are_refused(case, imported_phantom):
    labels = np.where(np.asarray(case.segmentation.labels) > 0, 77, 0)
    mask = Volume(labels.astype(np.uint8), case.segmentation.affine)
    with pytest.raises(BadInputError):
        edited_study(imported_phantom(case), mask, unit="NS-1", as_is=True)
