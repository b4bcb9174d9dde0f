"""Methods of explanation run on outlined pictures, and what cannot be run is named once."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.reliability.counterfactual.conftest import SIDE, case, model_of, sees_tumor

from neuroscope.errors import ModelError
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape
from neuroscope.reliability.audited import MethodScore
from neuroscope.workflow.explained_methods import (
    BLURRING,
    by_methods,
    chosen_for_methods,
    explaining,
)

CHEAP = ("evidence", "gradcam", "gradcam++", "layercam", "edges", "center")


class Bright(torch.nn.Module):
    """A network whose first class is what is bright, place by place."""

    def forward(self, image):
        seen = torch.relu(image - 0.7)
        cells = torch.nn.functional.avg_pool2d(seen, 4)
        evidence = torch.cat([cells, 0 * cells], 1) * 10
        evidence = evidence - evidence.mean(1, keepdim=True)
        return _Answer(evidence.sum((2, 3)), evidence)


class _Answer:
    def __init__(self, logits, evidence):
        self.logits, self.evidence = logits, evidence


class _Centers:
    offset, jump = 1.5, 4.0


@pytest.fixture
def explain():
    network = Bright()
    network.centers = _Centers()
    return explaining(lambda: network, size=SIDE)


def test_the_map_of_a_network_that_sees_the_tumor_lies_on_it(explain):
    glioma = case(0)
    right = explain(glioma, 0, "evidence")
    assert right.pointing
    assert right.mass > 0.5
    assert right.gain > 0
    assert right.agreement == 1.0
    nothing = explain(glioma, 0, "center")
    assert nothing.mass < right.mass
    assert nothing.gain < right.gain
    with pytest.raises(ModelError, match="last_features"):
        explain(glioma, 0, "gradcam")


def test_a_whole_network_is_loaded_once_and_scored():
    torch.manual_seed(0)
    network = EvidenceNetwork(EvidenceShape(widths=(8, 12), neck=8, input_size=32)).eval()
    loaded = []

    def load():
        loaded.append(1)
        return network

    ask = explaining(load, size=32)
    scores = [ask(case(1), 1, method) for method in CHEAP]
    assert len(loaded) == 1
    assert [one.method for one in scores] == list(CHEAP)
    assert all(np.isfinite([one.mass, one.gain, one.ms]).all() for one in scores)


def test_pictures_are_chosen_by_label_and_patient_and_need_an_outline():
    bare = replace(case(4), tumor=None)
    cases = [case(0, patient="a"), case(2, patient="a"), case(6, patient="b"), bare, case(1)]
    assert chosen_for_methods(cases, 3, size=SIDE) == [0, 2, 4]
    assert chosen_for_methods([bare], 3, size=SIDE) == []


def test_what_the_model_cannot_have_is_named_and_the_rest_scored():
    asked = []

    def explain(one, target, method):
        asked.append((one.file, target, method))
        if method == "gradcam":
            raise ModelError("No layer.", fix="Another method.")
        return MethodScore(method, True, 0.5, 1.0, None, 3.0)

    model = replace(model_of(sees_tumor), explain=explain)
    told = []
    found = by_methods(
        model, [case(n) for n in range(4)], np.array([0, 1, 0, 1]), most=2, told=told.append
    )
    assert found.missing == {"gradcam": "No layer."}
    assert "gradcam" not in found.scores
    assert {len(scores) for scores in found.scores.values()} == {2}
    assert found.rows.tolist() == [0, 1]
    assert [one for one in asked if one[2] == "gradcam"] == [("glioma/0.png", 0, "gradcam")]
    assert len(told) == 10 * 2
    assert by_methods(model, [case(0)], np.zeros(1, np.int64), most=0).scores == {}


def test_over_the_whole_curve_random_places_gain_0() -> None:
    """An order and its reverse gain opposite amounts only if every part has its complement."""
    steps = np.array((0.0, *BLURRING.fractions))
    np.testing.assert_allclose(steps + steps[::-1], 1.0)
