import numpy as np
import pytest
import torch
from tests.explain.attribution.toys import Of

from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.workflow.attribute import (
    disagrees,
    explain_by_all,
    explain_slice,
    on_input,
    on_pixels,
    question_of,
)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(2)
    return EvidenceNetwork(EvidenceShape(widths=(8, 12), neck=8, input_size=32)).eval()


@pytest.fixture(scope="module")
def prepared():
    rows, columns = np.mgrid[:60, :80]
    inside = np.hypot((rows - 28) / 22, (columns - 47) / 25) < 1
    noise = np.random.default_rng(0).uniform(60, 200, (60, 80))
    return prepare_slice(np.where(inside, noise, 0), size=32)


def test_maps_agree_with_themselves_and_say_how_long_they_took(network, prepared):
    question = question_of(prepared, 1)
    assert explain_slice(network, question, "evidence").agreement is None
    found = explain_slice(network, question, "edges")
    assert found.seconds > 0
    assert found.agreement is not None
    assert -1 <= found.agreement <= 1
    if found.agreement < 0.3:
        assert disagrees(found.agreement) in found.cautions


def test_what_cannot_be_run_is_named_and_the_rest_is_done(prepared):
    blind = Of(lambda image: image.mean((1, 2, 3)))
    done, not_done = explain_by_all(blind, question_of(prepared, 0, budget=8), ["gradcam", "rise"])
    assert [one.attribution.method for one in done] == ["rise"]
    assert done[0].agreement is None
    assert [(one.method, "last_features" in one.problem) for one in not_done] == [("gradcam", True)]


def test_maps_and_masks_find_their_way_between_the_slice_and_its_crop(prepared):
    mask = np.zeros((60, 80), bool)
    mask[20:32, 52:60] = True
    carried = on_input(mask, prepared)
    assert carried.shape == (32, 32)
    back = on_pixels(carried.astype(np.float32), prepared, (60, 80)) > 0.5
    assert (back & mask).sum() / (back | mask).sum() > 0.8
    assert not on_input(np.zeros((60, 80), bool), prepared).any()
