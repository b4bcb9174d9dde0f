"""Loading the graphs that answer volumes: what is missing, damaged or another is said by name."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import ModelError
from neuroscope.models.volume_graph import load_graph, read_description

DESCRIBED = {"name": "brain", "version": "7", "sha256": "ab" * 32}


@pytest.fixture
def lopsided(tmp_path: Path) -> Path:
    """Folder with a graph that answers the voxels, doubled, less their index along the first axis.

    Its sides are not fixed, and no two axes may be exchanged without changing the answer.
    """
    from onnx import TensorProto, helper, numpy_helper

    ramp = np.arange(5, dtype=np.float32).reshape(1, 1, 5, 1, 1)
    nodes = [
        helper.make_node("Add", ["channels", "channels"], ["twice"]),
        helper.make_node("Sub", ["twice", "ramp"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "lopsided",
        [helper.make_tensor_value_info("channels", TensorProto.FLOAT, [1, "c", 5, "j", "k"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "c", 5, "j", "k"])],
        [numpy_helper.from_array(ramp, "ramp")],
    )
    opset = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9)
    (tmp_path / "brain.onnx").write_bytes(model.SerializeToString())
    (tmp_path / "brain.json").write_text(json.dumps(DESCRIBED))
    return tmp_path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_graph_answers_voxel_by_voxel_in_the_order_of_its_axes(lopsided: Path):
    forward = load_graph(lopsided, "brain", sha256(lopsided / "brain.onnx"), threads=1)
    for sides in ((2, 5, 3, 4), (1, 5, 7, 2)):
        channels = np.random.default_rng(0).normal(size=(1, *sides)).astype(np.float32)
        answer = forward(channels)
        wanted = 2 * channels - np.arange(5, dtype=np.float32)[:, None, None]
        np.testing.assert_allclose(answer, wanted, atol=1e-6)
        assert answer.dtype == np.float32


def test_the_description_names_the_weights(lopsided: Path):
    described, model = read_description(lopsided, "brain")
    assert described == DESCRIBED
    assert (model.name, model.version, model.sha256) == ("brain", "7", "ab" * 32)


@pytest.mark.parametrize(
    "written",
    [
        None,
        b"",
        b'{"name": "brain", "vers',
        b'["brain", "7", "abab"]',
        b'"brain"',
        b"null",
        b"\xff\xfe\x00",
        json.dumps({k: v for k, v in DESCRIBED.items() if k != "sha256"}).encode(),
    ],
    ids=["missing", "empty", "cut off", "a list", "a word", "nothing", "no text", "no hash"],
)
def test_a_damaged_description_is_refused_and_the_network_named(written, lopsided: Path):
    path = lopsided / "brain.json"
    path.unlink() if written is None else path.write_bytes(written)
    with pytest.raises(ModelError, match="weights of the brain network") as refused:
        read_description(lopsided, "brain")
    assert "neuroscope train brain" in refused.value.fix


def test_a_missing_graph_is_said(lopsided: Path):
    (lopsided / "brain.onnx").unlink()
    with pytest.raises(ModelError, match="weights of the brain network are missing"):
        load_graph(lopsided, "brain", "ab" * 32, threads=1)


@pytest.mark.parametrize("named", ["ab" * 32, "", None], ids=["another", "empty", "none"])
def test_a_graph_with_another_hash_is_refused(named, lopsided: Path):
    with pytest.raises(ModelError, match=r"brain\.onnx is not the file"):
        load_graph(lopsided, "brain", named, threads=1)


def test_one_changed_byte_is_enough(lopsided: Path):
    graph = lopsided / "brain.onnx"
    digest, content = sha256(graph), bytearray(graph.read_bytes())
    content[len(content) // 2] ^= 1
    graph.write_bytes(bytes(content))
    with pytest.raises(ModelError, match="not the file"):
        load_graph(lopsided, "brain", digest, threads=1)


@pytest.mark.parametrize("content", [b"no graph at all", b""], ids=["other", "empty"])
def test_what_is_no_graph_is_refused_though_its_hash_fits(content, lopsided: Path):
    graph = lopsided / "brain.onnx"
    graph.write_bytes(content)
    with pytest.raises(ModelError, match=r"cannot load brain\.onnx"):
        load_graph(lopsided, "brain", sha256(graph), threads=1)
