import numpy as np
import pytest
import torch
from tests.explain.attribution.toys import linear, picture

from neuroscope.errors import BadInputError, ModelError
from neuroscope.explain.attribution.question import Question
from neuroscope.explain.methods import FUNCTIONS, attribute
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape
from neuroscope.records.explanationmethod import METHOD_OF, METHODS

ANY = {m.name for m in METHODS if m.layer is None}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(2)
    return EvidenceNetwork(EvidenceShape(widths=(8, 12), neck=8, input_size=32)).eval()


@pytest.fixture(scope="module")
def image():
    made = np.random.default_rng(0).uniform(0.1, 1, (32, 32)).astype(np.float32)
    made.setflags(write=False)  # as prepared slices are
    return made


def test_every_method_of_the_table_has_its_function():
    assert set(FUNCTIONS) == set(METHOD_OF)


@pytest.mark.parametrize("name", list(METHOD_OF))
def test_every_method_keeps_the_protocol(name, network, image):
    question = Question(image=image, target=1, budget=24, seed=4)
    network.train()
    first, again = (attribute(network, question, name) for _ in range(2))
    assert network.training
    network.eval()
    np.testing.assert_array_equal(first.values, again.values)
    assert first.method == name
    assert first.values.dtype == np.float32
    assert first.values.shape == image.shape
    assert np.isfinite(first.values).all()
    assert METHOD_OF[name].is_signed == bool((first.values < 0).any())


@pytest.mark.parametrize("name", list(METHOD_OF))
def test_a_network_that_only_answers_is_explained_or_told_what_it_lacks(name):
    network, _ = linear(np.random.default_rng(0))
    question = Question(image=picture(np.random.default_rng(1)), target=0, budget=24)
    if name in ANY:
        assert attribute(network, question, name).values.any()
    else:
        with pytest.raises(ModelError, match="lacks the layer"):
            attribute(network, question, name)


def test_what_is_not_there_is_refused(network, image):
    with pytest.raises(BadInputError, match="no explanation method 'lime'"):
        attribute(network, Question(image=image, target=0), "lime")
    with pytest.raises(BadInputError, match="no class 9"):
        attribute(network, Question(image=image, target=9), "rise")
