import numpy as np
import pytest
import torch

from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape
from neuroscope.records.certificate import FlipPicture, NegativeFlip
from neuroscope.records.passport import PassportRules, judged
from neuroscope.workflow.tested_maps import evidence_passport, flips_with_tests

MEASURED = judged("model_randomization", 0.1, 0.3, rule="at most")
BOUNDS = {"repeatability": 0.5, "faithfulness": 0.0, "localization": 0.1}
RULES = PassportRules("a" * 64, BOUNDS, (MEASURED,), by_answer={"faithfulness": {"glioma": 900.0}})


@pytest.fixture
def networks() -> tuple[EvidenceNetwork, EvidenceNetwork]:
    made = []
    for favored in (0, 3):  # glioma, no tumor
        torch.manual_seed(favored)
        network = EvidenceNetwork(EvidenceShape(widths=(8, 12, 16), neck=8, input_size=64)).eval()
        with torch.no_grad():
            assert network.head.bias is not None
            network.head.bias[favored] += 5.0
        made.append(network)
    return made[0], made[1]


@pytest.fixture
def picture() -> np.ndarray:
    rows, columns = np.mgrid[:64, :64]
    head = np.hypot(rows - 32, columns - 32) < 26
    noise = np.random.default_rng(0).random((64, 64))
    return np.where(head, 0.3 + 0.4 * noise, 0.0).astype(np.float32)


def test_the_map_of_an_answer_is_tested_in_full(networks, picture) -> None:
    tests = {
        test.name: test for test in evidence_passport(networks[0], picture, "glioma", RULES).tests
    }
    assert tests["completeness"].outcome == "passed"
    assert tests["faithfulness"].bound == 900.0
    assert tests["faithfulness"].outcome == "failed"
    assert tests["model_randomization"] == MEASURED
    other = evidence_passport(networks[0], picture, "meningioma", RULES)
    assert {test.name: test.outcome for test in other.tests}["faithfulness"] == "not assessed"


def test_both_maps_of_a_lost_answer_are_tested_and_a_retrained_network_inherits_bounds_only(
    networks, picture
) -> None:
    flip = NegativeFlip(unit="p1", index=0, label="glioma", before="glioma", after="notumor")
    cells = np.zeros((16, 16), np.float32)
    (found,) = flips_with_tests([FlipPicture(flip, picture, cells, cells)], *networks, RULES)
    assert found.tests_before is not None
    assert found.tests_after is not None
    assert (found.tests_before.target, found.tests_after.target) == ("glioma", "notumor")
    before, after = (
        {test.name: test.outcome for test in tests.tests}
        for tests in (found.tests_before, found.tests_after)
    )
    assert before["model_randomization"] == "passed"
    assert after["model_randomization"] == "not assessed"
    assert after["repeatability"] != "not assessed"
