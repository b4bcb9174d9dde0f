import numpy as np
import pytest
import torch
from tests.explain.attribution.toys import PATCH, SIDE, detector, linear, picture
from torch import nn

from neuroscope.errors import ModelError
from neuroscope.explain.attribution.asking import as_tensor, scorer
from neuroscope.explain.attribution.class_maps import (
    cells_of,
    evidence,
    gradcam,
    gradcam_plus_plus,
    layercam,
)
from neuroscope.explain.attribution.question import Question
from neuroscope.models.baselines import MeanPooledNetwork
from neuroscope.models.evidence import Centers, EvidenceNetwork, EvidenceShape

FAMILY = ("gradcam", "gradcam++", "layercam")


@pytest.fixture(scope="module")
def pooled():
    torch.manual_seed(1)
    trunk = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2))
    return MeanPooledNetwork(trunk, 6, Centers(0.5, 2.0)).eval()


@pytest.fixture(scope="module")
def gated():
    torch.manual_seed(2)
    return EvidenceNetwork(EvidenceShape(widths=(8, 12, 16), neck=8, input_size=32)).eval()


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(0, 1, (2, 32, 32)).astype(np.float32)


def closed_form(network, images, target):
    """Compute features, centered weights and their mean, as for a mean-pooled network."""
    with torch.no_grad():
        features = network.features(as_tensor(images, network)).numpy()
    weight = network.head.weight.detach().numpy()
    return features, weight[target] - weight.mean(0)


@pytest.mark.parametrize("target", [0, 3])
def test_mean_pooling_has_closed_forms(pooled, images, target):
    features, w = closed_form(pooled, images, target)
    places = features.shape[2] * features.shape[3]
    cam = np.einsum("k,nkij->nij", w, features)
    found = cells_of(pooled, images, target, "gradcam")
    np.testing.assert_allclose(found, np.maximum(cam, 0) / places, atol=1e-6)
    rising = np.maximum(w, 0)
    plus = rising / (2 + features.mean((2, 3)) * w)
    np.testing.assert_allclose(
        cells_of(pooled, images, target, "gradcam++"),
        np.maximum(np.einsum("nk,nkij->nij", np.where(w > 0, plus, 0), features), 0),
        rtol=1e-4,
        atol=1e-6,
    )
    np.testing.assert_allclose(
        cells_of(pooled, images, target, "layercam"),
        np.einsum("k,nkij->nij", rising, features) / places,
        atol=1e-6,
    )


@pytest.mark.parametrize("name", ["pooled", "gated"])
def test_captum_agrees_on_grad_cam(name, images, request):
    from captum.attr import LayerGradCam

    network = request.getfixturevalue(name)
    layer = network.get_submodule(network.last_features)
    theirs = LayerGradCam(scorer(network, 1), layer).attribute(
        as_tensor(images, network), relu_attributions=True
    )
    np.testing.assert_allclose(
        cells_of(network, images, 1, "gradcam"), theirs[:, 0].detach().numpy(), atol=1e-5
    )


def test_grad_cam_plus_plus_as_published(gated, images):
    """The published weights from powers of the slope, in double precision where none is 0."""
    from neuroscope.explain.attribution.asking import features_and_slopes

    a, g = (x.double() for x in features_and_slopes(gated, as_tensor(images, gated), 2))
    below = 2 * g**2 + a.sum((2, 3), keepdim=True) * g**3
    alpha = torch.where(g > 0, g**2 / below.where(g > 0, torch.ones_like(g)), 0)
    weight = (alpha * torch.relu(g)).sum((2, 3), keepdim=True)
    right = torch.relu((weight * a).sum(1)).numpy()
    np.testing.assert_allclose(cells_of(gated, images, 2, "gradcam++"), right, rtol=1e-4)


def test_evidence_is_the_decision(gated, pooled, images):
    for network in (gated, pooled):
        for target in range(4):
            found = evidence(network, Question(image=images[0], target=target))
            assert found.notes["completeness_error"] < 1e-5
            cells = cells_of(network, images[:1], target, "evidence")
            assert cells.sum() == pytest.approx(found.notes["centered_logit"], abs=1e-5)


def test_a_shift_of_all_class_weights_moves_no_map(pooled, images):
    """It changes no probability, so it may change no explanation."""
    question = Question(image=images[0], target=1)
    methods = (evidence, gradcam, gradcam_plus_plus, layercam)
    before = [method(pooled, question).values for method in methods]
    shift = torch.randn(pooled.head.weight.shape[1])
    with torch.no_grad():
        pooled.head.weight += shift
    after = [method(pooled, question).values for method in methods]
    with torch.no_grad():
        pooled.head.weight -= shift
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_planted_detector_is_found():
    image = picture(np.random.default_rng(1))
    for method in (gradcam, gradcam_plus_plus, layercam):
        values = method(detector(), Question(image=image, target=0)).values
        assert values.shape == (SIDE, SIDE)
        assert values[PATCH].sum() > 0.99 * values.sum() > 0


def test_a_class_that_nothing_speaks_for_is_said():
    image = picture(np.random.default_rng(1), patch=0.2)
    found = gradcam(detector(), Question(image=image, target=0))
    assert not found.values.any()
    assert "Nothing" in found.cautions[0]


def test_a_network_without_the_layer_is_told_which():
    network, _ = linear(np.random.default_rng(0))
    question = Question(image=picture(np.random.default_rng(1)), target=0)
    with pytest.raises(ModelError, match="'last_features'"):
        gradcam(network, question)
    with pytest.raises(ModelError, match="'evidence'"):
        evidence(network, question)


def test_gradients_of_the_network_are_left_alone(gated, images):
    gradcam(gated, Question(image=images[0], target=0))
    assert all(p.grad is None for p in gated.parameters())
    assert not any(module._forward_hooks for module in gated.modules())
