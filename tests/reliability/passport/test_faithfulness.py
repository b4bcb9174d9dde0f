import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.reliability.passport.baselines import edge_map
from neuroscope.reliability.passport.cells import on_pixels
from neuroscope.reliability.passport.faithfulness import (
    FaithfulnessConfig,
    blurred_head,
    faithfulness,
    ranked,
)

CONFIG = FaithfulnessConfig()


def test_the_map_of_a_linear_network_has_the_areas_of_arithmetic(image, network):
    """Score is linear: blurring a set of cells changes it by the sum of their differences."""
    picture, head = image
    values = network.map(picture[None])[0]
    found = faithfulness(picture, head, values, network.score)
    gone = network.map(blurred_head(picture, head, CONFIG.blur)[None])[0]
    inside = on_pixels(np.ones_like(values, bool), 64) & head
    cells = inside.reshape(16, 4, 16, 4).mean((1, 3)) >= 0.5
    order = ranked(values, cells, np.random.default_rng(0))
    steps = np.array((0, *CONFIG.fractions))
    change = np.array([(values - gone)[order < f].sum() for f in steps])
    deletion = np.trapezoid(values.sum() - change, steps) / steps[-1]
    insertion = np.trapezoid(gone.sum() + change, steps) / steps[-1]
    assert found.deletion == pytest.approx(deletion, abs=1e-5)
    assert found.insertion == pytest.approx(insertion, abs=1e-5)
    assert found.gain == pytest.approx(insertion - deletion, abs=1e-5)


def test_a_true_map_beats_random_places_and_the_center(image, network):
    picture, head = image
    found = faithfulness(picture, head, network.map(picture[None])[0], network.score)
    assert found.interval[0] > 0
    assert found.gain > found.center
    assert found.gain > max(found.random)
    assert found.interval[0] < found.over_random < found.interval[1]


def test_over_the_whole_curve_an_order_and_its_reverse_gain_opposite_amounts(image, network):
    """Also for a network that is not linear."""
    config = FaithfulnessConfig(fractions=(0.05, 0.2, 0.8, 0.95, 1.0))
    picture, head = image

    def score(images):
        return np.tanh(network.score(images)) ** 3

    values = np.random.default_rng(5).standard_normal((16, 16))
    there, back = (faithfulness(picture, head, v, score, config=config) for v in (values, -values))
    assert there.gain == pytest.approx(-back.gain, abs=0.02 * abs(there.gain) + 1e-6)


@pytest.mark.parametrize("wrong", ["shuffled", "another class", "constant", "edges"])
def test_a_wrong_map_does_not(image, network, wrong):
    picture, head = image
    true = network.map(picture[None])[0]
    values = {
        "shuffled": np.random.default_rng(1).permutation(true.ravel()).reshape(true.shape),
        "another class": -true,
        "constant": np.ones_like(true),
        "edges": -edge_map(picture),
    }[wrong]
    found = faithfulness(picture, head, values, network.score)
    best = faithfulness(picture, head, true, network.score)
    assert found.interval[0] <= 0
    assert found.gain < best.gain


def test_cells_and_pixels_of_one_map_give_one_answer(image, network):
    picture, head = image
    values = network.map(picture[None])[0]
    finer = on_pixels(values, 64)
    cells, pixels = (faithfulness(picture, head, v, network.score) for v in (values, finer))
    assert pixels.gain == pytest.approx(cells.gain, rel=0.15)


def test_the_same_seed_gives_the_same_numbers(image, network):
    picture, head = image
    values = network.map(picture[None])[0]
    first, again = (faithfulness(picture, head, values, network.score) for _ in range(2))
    assert first == again


def test_the_network_is_shown_as_many_pictures_as_it_says(image, network):
    picture, head = image
    shown = []

    def score(images):
        shown.append(len(images))
        return network.score(images)

    config = FaithfulnessConfig(fractions=(0.1, 0.9, 1.0), random_orders=3)
    faithfulness(picture, head, network.map(picture[None])[0], score, config=config)
    assert sum(shown) == config.passes == 22


def test_nothing_leaks_from_the_air_into_the_blurred_head():
    head = np.zeros((64, 64), bool)
    head[20:44, 20:44] = True
    flat = np.where(head, 0.7, 0.0).astype(np.float32)
    np.testing.assert_allclose(blurred_head(flat, head, 0.1), flat, atol=1e-4)


def test_nonsense_is_refused(image, network):
    picture, head = image
    with pytest.raises(BadInputError, match="rising"):
        FaithfulnessConfig(fractions=(0.3, 0.1))
    for parts in ((1.0,), (0.5, 1.5), ()):
        with pytest.raises(BadInputError, match="rising"):
            FaithfulnessConfig(fractions=parts)
    with pytest.raises(BadInputError, match="no random order"):
        FaithfulnessConfig(random_orders=0)
    with pytest.raises(GeometryMismatchError, match="does not divide"):
        faithfulness(picture, head, np.zeros((15, 15)), network.score)
