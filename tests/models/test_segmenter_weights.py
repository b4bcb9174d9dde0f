"""Weights of the segmenter on disk, and the graph made from them."""

import numpy as np
import pytest
import torch

from neuroscope.errors import ModelError
from neuroscope.models.segmenter_weights import (
    WEIGHTS_NAME,
    load_segmenter_network,
    save_segmenter,
)
from neuroscope.models.unet import UNet, UNetShape
from neuroscope.models.unet_segmenter import GRAPH_NAME, SegmenterSpec, load_segmenter

TINY = UNetShape(widths=(4, 6, 8, 10, 12), heads=2, head_width=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    out = tmp_path_factory.mktemp("segmenter")
    save_segmenter(UNet(TINY), SegmenterSpec(diameter_error_mm={"WT": 1.0}), {"seconds": 1}, out)
    return out


@pytest.mark.parametrize("sides", [(32, 48, 64), (80, 96, 80)])
def test_the_graph_agrees_with_pytorch_at_any_size(folder, sides):
    channels = np.random.default_rng(0).normal(size=(1, 4, *sides)).astype(np.float32)
    with torch.inference_mode():
        wanted = load_segmenter_network(folder)(torch.from_numpy(channels)).numpy()

    segmenter = load_segmenter(weights=folder, threads=1)
    np.testing.assert_allclose(segmenter._forward(channels), wanted, atol=1e-4)
    assert segmenter.spec.diameter_error_mm == {"WT": 1.0}


def test_a_changed_graph_is_refused(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    graph = tmp_path / GRAPH_NAME
    graph.write_bytes(graph.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="not the file"):
        load_segmenter(weights=tmp_path)


def test_changed_weights_are_refused(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = tmp_path / WEIGHTS_NAME
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="its sidecar says"):
        load_segmenter_network(tmp_path)


def test_the_graph_names_no_folder_of_this_machine(folder):
    graph = (folder / GRAPH_NAME).read_bytes()
    assert b"/src/" not in graph
    assert b"site-packages" not in graph
