import numpy as np
import pytest

from neuroscope.errors import ModelError
from neuroscope.models.inference import load_engine
from neuroscope.models.pooled_places import load_places_engine


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    rows, columns = np.mgrid[:160, :160] / 159
    noise = np.random.default_rng(5).uniform(0, 0.2, (2, 1, 160, 160))
    return (0.6 * (rows > columns) + noise).astype(np.float32)  # unlike its mirror image


def test_places_sum_to_the_embedding_of_the_engine(images):
    places = load_places_engine(threads=1).run(images)
    answer = load_engine(threads=1).run(images)
    assert np.abs(places.embedding - answer.embedding).max() < 1e-5
    assert np.array_equal(places.evidence, answer.evidence)
    assert np.array_equal(places.logits, answer.logits)
    assert [block.shape for block in places.blocks] == [(2, 64, 40, 40), (2, 256, 5, 5)]


def test_a_graph_that_averages_places_is_read_as_well(known_weights, images):
    places = load_places_engine(threads=1, weights=known_weights).run(images)
    means = images.reshape(2, 40, 4, 40, 4).mean((2, 4))
    assert np.allclose(places.blocks[0][:, 0] * 1600, means, atol=1e-5)


def test_a_bright_corner_brings_most_in_that_corner(known_weights):
    image = np.zeros((1, 1, 160, 160), np.float32)
    image[0, 0, 140:150, 20:30] = 1
    block = load_places_engine(threads=1, weights=known_weights).run(image).blocks[0][0, 0]
    assert np.unravel_index(block.argmax(), block.shape) == (35, 5)


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"no graph at all"])
def test_a_damaged_graph_is_named(tmp_path, content):
    (tmp_path / "evidence.onnx").write_bytes(content)
    with pytest.raises(ModelError):
        load_places_engine(weights=tmp_path)


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(ModelError, match="missing"):
        load_places_engine(weights=tmp_path)


def test_a_network_that_pools_in_another_way_is_refused(tmp_path):
    import onnx
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("ReduceMax", ["image"], ["embedding"], keepdims=0)],
        "other",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 160, 160])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, tmp_path / "evidence.onnx")
    with pytest.raises(ModelError, match="sum its embedding"):
        load_places_engine(weights=tmp_path)
