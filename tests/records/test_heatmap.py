import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.records.heatmap import EvidenceCells, Heatmap
from neuroscope.records.passport import Passport, judged, not_assessed

LOGITS = np.array([3, 0, -1, 2], np.float32)
CLASSES = ("a", "b", "c", "d")


def _cells(**changed):
    spread = np.zeros((4, 5, 6), np.float32)
    spread[:, 2, 3] = LOGITS - LOGITS.mean()
    fields = {
        "contributions": spread,
        "logits": LOGITS,
        "classes": CLASSES,
        "cell_to_pixel": np.eye(3),
        "image_shape": (50, 60),
    }
    return EvidenceCells(**{**fields, **changed})


def test_contributions_that_sum_to_the_centered_logits_are_complete():
    assert _cells().completeness_error < 1e-6
    assert _cells(logits=LOGITS + np.float32(7)).completeness_error < 1e-6  # the gauge is free
    assert _cells(logits=LOGITS * 2).completeness_error == pytest.approx(2.0)


@pytest.mark.parametrize(
    "changed",
    [
        {"contributions": np.zeros((3, 5, 6), np.float32)},
        {"contributions": np.zeros((4, 5), np.float32)},
        {"logits": np.zeros(3, np.float32)},
        {"cell_to_pixel": np.eye(4)},
    ],
)
def test_parts_that_do_not_fit_the_classes_are_refused(changed):
    with pytest.raises(BadInputError):
        _cells(**changed)


def test_evidence_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        _cells().contributions[0] = 1


def _map(values=None, **options):
    fields = {"method": "evidence", "target": "a", "scale": 1.0, "threshold": 0.1, **options}
    return Heatmap(np.zeros((4, 5)) if values is None else values, **fields)


def test_a_map_over_an_image_of_another_shape_is_refused():
    _map().require_grid_of((4, 5))
    with pytest.raises(GeometryMismatchError, match=r"\(4, 5\), the image \(5, 4\)"):
        _map().require_grid_of((5, 4))


def test_a_map_without_scale_or_with_a_channel_axis_is_refused():
    with pytest.raises(BadInputError, match="scale is 0"):
        _map(scale=0.0)
    with pytest.raises(BadInputError, match="two or three axes"):
        _map(np.zeros((2, 3, 4, 5)))


def test_map_cannot_be_changed():
    heatmap = _map()
    with pytest.raises(ValueError, match="read-only"):
        heatmap.values[0, 0] = 1


def test_a_map_that_failed_a_test_is_not_trusted():
    failed = Passport("glioma", "evidence", (judged("completeness", 0.5, 0.1, rule="at most"),))
    untested = Passport("glioma", "evidence", (not_assessed("localization", "No mask."),))
    assert not _map(passport=failed).is_trusted
    assert _map(passport=untested).is_trusted
    assert _map().is_trusted
