import numpy as np
import pytest
import torch
from tests.explain.attribution.toys import PATCH, SIDE, Of, detector, linear, picture

from neuroscope.explain.attribution.coalitions import shapley_values
from neuroscope.explain.attribution.question import Question
from neuroscope.explain.attribution.shapley import kernel_shap, sampled, superpixels

SIXTHS = np.kron(np.arange(6).reshape(2, 3), np.ones((SIDE // 2, SIDE // 3), int))


def six(image):
    return torch.stack([image[:, 0, np.equal(SIXTHS, n)].mean(1) for n in range(6)], 1)


def games(image):
    """Give an and, a product of equals (2, 3), a lone player (4) and a dummy (5)."""
    a, b, c, d, e, _ = six(image).T
    return 2 * torch.minimum(a, b) + c * d + 0.5 * e


def question_of(image, **more):
    return Question(image=image, target=0, reference=np.zeros_like(image), **more)


def test_six_regions_as_by_brute_force():
    ones = np.ones((SIDE, SIDE), np.float32)
    network = Of(games)
    found = kernel_shap(network, question_of(ones, budget=64), regions=SIXTHS)
    shares = np.array([found.values[np.equal(SIXTHS, n)].sum() for n in range(6)])

    def worth(who):
        image = np.isin(SIXTHS, who).astype(np.float32)
        return 0.75 * float(games(torch.from_numpy(image)[None, None])[0])

    np.testing.assert_allclose(shares, shapley_values(6, worth), atol=1e-5)
    assert found.notes["completeness_error"] < 1e-5
    assert shares[0] == pytest.approx(shares[1], abs=1e-5)
    assert shares[5] == pytest.approx(0, abs=1e-5)
    assert found.notes["samples"] == 64


def test_sampled_coalitions_come_near_and_sum_to_the_difference():
    ones = np.ones((SIDE, SIDE), np.float32)
    found = sampled(Of(games), question_of(ones), SIXTHS, 800)
    np.testing.assert_allclose(found, [0.75, 0.75, 0.375, 0.375, 0.375, 0], atol=0.1)
    assert found.sum() == pytest.approx(0.75 * 3.5, abs=1e-3)


def test_a_linear_network_is_read_off_exactly():
    rng = np.random.default_rng(0)
    network, weight = linear(rng)
    image, absent = rng.uniform(size=(2, SIDE, SIDE)).astype(np.float32)
    question = Question(image=image, target=3, reference=absent, budget=200)
    found = kernel_shap(network, question, regions=SIXTHS)
    right = weight[3] * (image - absent)
    for n in range(6):
        inside = np.equal(SIXTHS, n)
        assert found.values[inside].sum() == pytest.approx(right[inside].sum(), abs=1e-2)


def test_a_planted_detector_is_found():
    image = picture(np.random.default_rng(1))
    regions = np.arange(16).reshape(4, 4).repeat(3, 0).repeat(3, 1)
    regions[PATCH] = 16
    found = kernel_shap(detector(), question_of(image), regions=np.unique(
        regions, return_inverse=True
    )[1].reshape(regions.shape))  # fmt: skip
    values = np.abs(found.values)
    assert values[PATCH].sum() > 0.99 * values.sum()


def test_the_seed_decides_and_the_generator_of_others_is_left_alone():
    image = picture(np.random.default_rng(1))
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = kernel_shap(Of(games), question_of(image, budget=30, seed=1), regions=SIXTHS).values
    assert torch.equal(torch.rand(3), expected)
    again = kernel_shap(Of(games), question_of(image, budget=30, seed=1), regions=SIXTHS).values
    other = kernel_shap(Of(games), question_of(image, budget=30, seed=2), regions=SIXTHS).values
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_superpixels_cover_the_head_and_keep_the_outside_apart():
    head = np.zeros((80, 80), bool)
    head[10:70, 15:65] = True
    rng = np.random.default_rng(0)
    image = np.where(head, rng.uniform(0.3, 0.5, (80, 80)), 0).astype(np.float32)
    labels = superpixels(question_of(image, head=head))
    assert not set(labels[head]) & set(labels[~head])
    assert set(np.unique(labels)) == set(range(labels.max() + 1))
    assert 20 <= labels.max() <= 60


def test_few_samples_are_said():
    image = picture(np.random.default_rng(1))
    found = kernel_shap(Of(games), question_of(image, budget=8), regions=SIXTHS)
    assert "guess" in found.cautions[0]
