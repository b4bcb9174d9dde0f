"""The graph of the plane network answers as the network did, and its sidecar fits it."""

import numpy as np
import torch

from neuroscope.models.plane import PLANES, load_plane
from neuroscope.models.plane_weights import save_plane
from neuroscope.models.pose_weights import PoseNet


def test_the_graph_answers_as_the_network(tmp_path):
    torch.manual_seed(0)
    network = PoseNet(24, answers=len(PLANES)).eval()
    save_plane(network, 0.9, {"seconds": 1.0}, tmp_path)
    loaded = load_plane(tmp_path)
    views = np.random.default_rng(0).integers(0, 256, (70, 24, 24)).astype(np.uint8)
    with torch.inference_mode():
        expected = network(torch.from_numpy(views[:, None] / np.float32(255))).softmax(1).numpy()
    np.testing.assert_allclose(loaded.p_plane(views), expected, atol=1e-5)
    assert (loaded.spec.size, loaded.spec.sure) == (24, 0.9)
