import numpy as np
import pytest
import torch
from tests.explain.attribution.toys import SIDE, Of

from neuroscope.explain.attribution.question import Question
from neuroscope.explain.attribution.rise import rise

REGION = np.zeros((SIDE, SIDE), np.float32)
REGION[2:6, 1:9] = 1


def mean_over_region(image):
    weight = torch.from_numpy(REGION / REGION.sum())
    return (image[:, 0] * weight).sum((1, 2))


def asked(number, seed):
    image = np.ones((SIDE, SIDE), np.float32)
    question = Question(
        image=image, target=0, reference=np.zeros_like(image), budget=number, seed=seed
    )
    return rise(Of(mean_over_region), question, grid=SIDE)


def test_it_converges_to_the_region_with_the_root_of_the_number_of_masks():
    right = 0.75 * REGION / REGION.sum()
    numbers = (64, 256, 1024)
    errors = [
        np.mean([np.sqrt(np.mean((asked(n, seed).values - right) ** 2)) for seed in range(3)])
        for n in numbers
    ]
    slope = np.polyfit(np.log(numbers), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.1)


def test_the_standard_error_is_the_spread_over_seeds():
    right = 0.75 * REGION / REGION.sum()
    runs = [asked(200, seed) for seed in range(12)]
    spread = np.sqrt(np.mean([(run.values - right) ** 2 for run in runs]))
    told = np.sqrt(np.mean([run.standard_error**2 for run in runs]))
    assert told == pytest.approx(spread, rel=0.1)


def test_smooth_masks_find_the_region_too():
    image = np.ones((SIDE, SIDE), np.float32)
    question = Question(image=image, target=0, reference=np.zeros_like(image), budget=1000)
    found = rise(Of(mean_over_region), question, grid=4)
    assert np.corrcoef(found.values.ravel(), REGION.ravel())[0, 1] > 0.7
    assert found.cautions == ()


def test_a_network_that_sees_nothing_is_not_explained():
    image = np.ones((SIDE, SIDE), np.float32)
    noise = np.random.default_rng(0)
    blind = Of(lambda x: torch.from_numpy(noise.normal(size=len(x)).astype(np.float32)))
    question = Question(image=image, target=0, reference=np.zeros_like(image), budget=60)
    assert "too few" in rise(blind, question, grid=4).cautions[0]
