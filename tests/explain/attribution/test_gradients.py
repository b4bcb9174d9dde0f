import numpy as np
import pytest
import torch
from tests.explain.attribution.toys import PATCH, SIDE, detector, linear, picture

from neuroscope.explain.attribution.gradients import gradient_shap, integrated_gradients
from neuroscope.explain.attribution.question import Question
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape


@pytest.fixture(scope="module")
def small():
    torch.manual_seed(3)
    network = EvidenceNetwork(EvidenceShape(widths=(8, 12, 16), neck=8, input_size=32)).eval()
    rng = np.random.default_rng(3)
    return network, rng.uniform(0, 1, (32, 32)).astype(np.float32)


@pytest.mark.parametrize("target", [0, 2])
def test_a_linear_network_is_read_off_exactly(target):
    rng = np.random.default_rng(0)
    network, weight = linear(rng)
    image, absent = rng.uniform(size=(2, SIDE, SIDE)).astype(np.float32)
    question = Question(image=image, target=target, reference=absent)
    right = weight[target] * (image - absent)
    np.testing.assert_allclose(integrated_gradients(network, question).values, right, atol=1e-5)
    found = gradient_shap(network, question, noise=0.0)
    np.testing.assert_allclose(found.values, right, atol=1e-5)
    assert found.standard_error.max() < 1e-5


def test_pixels_sum_to_the_difference_within_one_percent(small):
    network, image = small
    for target in range(4):
        found = integrated_gradients(network, Question(image=image, target=target))
        assert abs(found.notes["difference"]) > 1e-4
        assert found.notes["completeness_error"] <= 0.01 * abs(found.notes["difference"])
        assert found.cautions == ()
        assert found.values.sum() == pytest.approx(found.notes["difference"], rel=0.011)


def test_too_few_steps_are_said(small):
    network, image = small
    with torch.no_grad():  # a logit large enough to be worth missing
        louder = [p * 30 if "head" in name else p for name, p in network.named_parameters()]
    for parameter, value in zip(network.parameters(), louder, strict=True):
        parameter.data = value
    found = integrated_gradients(network, Question(image=image, target=0, budget=1))
    assert found.notes["steps"] == 1
    assert found.notes["completeness_error"] > 0.01 * abs(found.notes["difference"])
    assert "miss" in found.cautions[0]


def test_a_planted_detector_is_found():
    image = picture(np.random.default_rng(1))
    question = Question(image=image, target=0, reference=np.zeros_like(image))
    for method in (integrated_gradients, gradient_shap):
        values = np.abs(method(detector(), question).values)
        assert values[PATCH].sum() > 0.99 * values.sum()


def test_expected_gradients_come_near_the_integral_within_their_error():
    image = picture(np.random.default_rng(1))
    question = Question(image=image, target=0, reference=np.zeros_like(image), budget=400)
    right = integrated_gradients(detector(), question).values[PATCH]
    found = gradient_shap(detector(), question, noise=0.0)
    z = (found.values[PATCH] - right) / found.standard_error[PATCH]
    assert np.abs(z).max() < 4


def test_captum_agrees_on_gradient_shap(small):
    from captum.attr import GradientShap

    from neuroscope.explain.attribution.asking import scorer

    network, image = small
    question = Question(image=image, target=1, budget=256)
    ours = gradient_shap(network, question, noise=0.0)
    state = np.random.get_state()  # noqa: NPY002 - captum draws from the global generator
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)
    theirs = GradientShap(scorer(network, 1)).attribute(
        torch.from_numpy(image)[None, None],
        baselines=torch.from_numpy(question.absent.copy())[None, None],
        n_samples=256,
        stdevs=0.0,
    )
    np.random.set_state(state)  # noqa: NPY002
    theirs = theirs[0, 0].detach().numpy()
    error = np.abs(ours.values - theirs) / np.maximum(ours.standard_error, 1e-9)
    assert np.mean(error < 6) > 0.99
    assert np.corrcoef(ours.values.ravel(), theirs.ravel())[0, 1] > 0.98
