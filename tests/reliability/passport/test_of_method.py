import numpy as np
import pytest
from tests.reliability.passport.conftest import STEP, Linear

from neuroscope.records.attribution import Attribution
from neuroscope.records.passport import PassportRules, judged, not_assessed
from neuroscope.reliability.passport.cells import on_pixels
from neuroscope.reliability.passport.faithfulness import faithfulness
from neuroscope.reliability.passport.of_method import (
    AskedSlice,
    hardly_changes,
    method_passports,
)

RULES = PassportRules(
    "0" * 64,
    {"repeatability": 0.6, "faithfulness": 0.05, "localization": 0.2},
    (
        not_assessed("model_randomization", "Not measured."),
        not_assessed("label_randomization", "Not measured."),
    ),
    of_method={
        "evidence": judged("model_randomization", 0.05, 0.3, rule="at most"),
        "integrated_gradients": judged("model_randomization", 0.85, 0.3, rule="at most"),
    },
)
DIFFERENT = {"difference": 2.0, "completeness_error": 0.01}


def _seen(image, **changed):
    picture, head = image
    outline = np.zeros(head.shape, bool)
    outline[12:24, 36:48] = True
    asked = {"target": "glioma", "answer": "glioma", "outline": outline, **changed}
    return AskedSlice(image=picture, head=head, cells=16, **asked)


def _map(network: Linear, picture, method="gradcam", **notes):
    values = on_pixels(network.map(picture[None])[0], 16 * STEP).astype(np.float32)
    return Attribution(values, method, 0, notes=notes)


def _passports(image, network, maps, **changed):
    asked = []

    def again(method, copy):
        asked.append(method)
        return on_pixels(network.map(copy[None])[0], 16 * STEP)

    found = method_passports(_seen(image, **changed), maps, network.score, again, RULES)
    return [{test.name: test for test in one.tests} for one in found], asked


def test_every_method_meets_the_same_random_orders(image, network):
    picture, head = image
    maps = [_map(network, picture), _map(network, picture, "integrated_gradients", **DIFFERENT)]
    (first, second), _ = _passports(image, network, maps)
    alone = faithfulness(picture, head, network.map(picture[None])[0], network.score)
    for one in (first, second):
        assert one["faithfulness"].value == pytest.approx(alone.over_random, abs=1e-6)
        assert one["faithfulness"].interval == pytest.approx(alone.interval, abs=1e-6)
        assert one["faithfulness"].outcome == "passed"
        assert one["localization"].outcome == "passed"


def test_what_fails_when_the_network_forgets_says_so_in_plain_words(image, network):
    picture, _ = image
    maps = [_map(network, picture, "integrated_gradients", **DIFFERENT), _map(network, picture)]
    (gradients, gradcam), _ = _passports(image, network, maps)
    caution = hardly_changes(gradients["model_randomization"])
    assert caution is not None
    assert "hardly change when the network forgets all it learned" in caution
    assert "0.85" in caution
    assert gradcam["model_randomization"].outcome == "not assessed"
    assert "evaluate forgetting" in gradcam["model_randomization"].reason
    assert hardly_changes(gradcam["model_randomization"]) is None


def test_what_only_may_outlive_the_network_is_not_accused_of_more():
    near = judged("model_randomization", 0.29, 0.3, rule="at most", interval=(0.2, 0.37))
    caution = hardly_changes(near)
    assert caution is not None
    assert "not proved" in caution
    assert "0.37" in caution


def test_the_evidence_map_keeps_its_own_tests_of_the_model(image, network):
    picture, _ = image
    ((one,), _) = _passports(
        image, network, [_map(network, picture, "evidence", completeness_error=1e-6)]
    )
    assert one["completeness"].outcome == "passed"
    assert one["model_randomization"].value == 0.05
    assert one["label_randomization"].reason == "Not measured."


def test_a_sum_is_asked_only_of_those_who_promise_it(image, network):
    picture, _ = image
    off = {"difference": 2.0, "completeness_error": 0.1}
    maps = [
        _map(network, picture, "integrated_gradients", **DIFFERENT),
        _map(network, picture, "kernel_shap", **off),
        _map(network, picture, "gradient_shap", **off),
        _map(network, picture),
    ]
    found, _ = _passports(image, network, maps)
    outcomes = [one["completeness"].outcome for one in found]
    assert outcomes == ["passed", "failed", "not assessed", "not assessed"]


def test_slow_methods_are_not_asked_about_noisy_copies_and_say_why(image, network):
    picture, _ = image
    (rise, gradcam), asked = _passports(
        image, network, [_map(network, picture, "rise"), _map(network, picture)]
    )
    assert rise["repeatability"].outcome == "not assessed"
    assert "3000 times" in rise["repeatability"].reason
    assert gradcam["repeatability"].outcome == "passed"
    assert asked == ["gradcam"] * 3


@pytest.mark.parametrize("target", ["notumor", "meningioma"])
def test_maps_of_no_tumor_and_of_other_classes_are_not_blurred(image, network, target):
    picture, _ = image
    ((one,), _) = _passports(image, network, [_map(network, picture)], target=target)
    assert one["faithfulness"].outcome == "not assessed"
    assert one["localization"].outcome == ("not assessed" if target == "notumor" else "passed")


def test_a_map_of_the_wrong_place_fails(image, network):
    picture, _ = image
    wrong = Attribution(_map(network, picture).values[::-1, ::-1].copy(), "gradcam", 0)
    ((one,), _) = _passports(image, network, [wrong])
    assert one["faithfulness"].outcome == "failed"
    assert one["localization"].outcome == "failed"
