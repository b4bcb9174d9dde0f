"""The graph that ships answers as the network it was made from, at sides it was not traced with."""

from pathlib import Path

import numpy as np
import pytest
import torch

from neuroscope.hashing import file_sha256
from neuroscope.models.unet import UNet, UNetShape
from neuroscope.models.volume_export import SAMPLE, export_volume_graph
from neuroscope.models.volume_graph import load_graph

SHAPE = UNetShape(channels=2, regions=3, widths=(3, 4, 5, 6, 7), heads=2, head_width=3)


@pytest.fixture(scope="module")
def network() -> UNet:
    """A network whose weights lie channels last, as training leaves them."""
    torch.manual_seed(1)
    made = UNet(SHAPE).train()
    made.to(memory_format=torch.channels_last_3d)
    return made


@pytest.fixture(scope="module")
def exported(network: UNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "tried.onnx"
    export_volume_graph(network, path)
    return path


@pytest.mark.parametrize("sides", [(32, 64, 48), (64, 32, 48), SAMPLE], ids=str)
def test_the_graph_answers_as_the_network_at_any_sides(network, exported, sides):
    channels = np.random.default_rng(3).normal(size=(1, 2, *sides)).astype(np.float32)
    with torch.inference_mode():
        wanted = network.eval()(torch.from_numpy(channels)).numpy()
    forward = load_graph(exported.parent, "tried", file_sha256(exported), threads=1)
    answer = forward(channels)

    assert answer.shape == (1, 2, 3, *sides)
    np.testing.assert_allclose(answer, wanted, atol=1e-4)
    assert np.abs(answer[:, 0] - answer[:, 1]).max() > 0.01, "the heads differ"
    mirrored = forward(np.ascontiguousarray(channels[:, :, ::-1]))[:, :, :, ::-1]
    assert np.abs(mirrored - wanted).max() > 0.01, "left and right are not the same to it"


def test_two_exports_of_one_network_are_the_same_file(network, exported, tmp_path):
    again = tmp_path / "again.onnx"
    export_volume_graph(network, again)
    assert file_sha256(again) == file_sha256(exported)


def test_the_graph_holds_its_weights_and_names_no_folder_of_this_machine(exported):
    import onnx

    assert [file.name for file in exported.parent.iterdir()] == [exported.name], "one file"
    content = exported.read_bytes()
    for trace in (b"site-packages", b'File "', b"/src/", str(Path.home()).encode()):
        assert trace not in content
    graph = onnx.load(exported).graph
    assert [value.name for value in graph.input] == ["channels"]
    assert [value.name for value in graph.output] == ["logits"]
    sides = graph.input[0].type.tensor_type.shape.dim
    assert [bool(side.dim_param) for side in sides] == [False, False, True, True, True]
