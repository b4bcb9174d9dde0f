import numpy as np
import pytest
import torch
from torch import nn

from neuroscope.errors import BadInputError
from neuroscope.explain.volume_cam import FusionConfig
from neuroscope.models.baselines import MeanPooledNetwork
from neuroscope.models.evidence import Centers
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.geometry import diagonal
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.records.volume import Volume
from neuroscope.workflow.volume_attribution import volume_map

SPEC = EvidenceSpec(TUMOR_CLASSES, 32, 1.5, 4.0, 1.0, 0.3, (0.01,) * 4, (1.0,) * 4)
BLOB = (slice(24, 32), slice(26, 34), slice(14, 22))


@pytest.fixture(scope="module")
def network():
    """Sees cells of four pixels that are brighter than .85 on the whole."""
    see = nn.Conv2d(1, 1, 1)
    trunk = nn.Sequential(nn.AvgPool2d(4), see, nn.ReLU())
    made = MeanPooledNetwork(trunk, 1, Centers(1.5, 4.0))
    with torch.no_grad():
        see.weight.fill_(0.25)
        see.bias.fill_(0.25 - 0.85)
        made.head.weight.copy_(torch.tensor([[40.0], [0.0], [0.0], [0.0]]))
        made.head.bias.zero_()
    return made.eval()


@pytest.fixture(scope="module")
def volume():
    i, j, k = np.mgrid[:48, :52, :40]
    ball = np.sqrt((i - 24) ** 2 + (j - 26) ** 2 + (k - 20) ** 2) < 18
    noise = np.random.default_rng(0).integers(60, 360, ball.shape)
    voxels = np.where(ball, noise, 0)
    voxels[BLOB] = 1000
    return Volume(voxels.astype(np.int16), diagonal((1.0, 1.0, 1.0)))


@pytest.mark.parametrize("method", ["evidence", "gradcam", "layercam"])
def test_the_blob_is_found_in_space_and_the_scale_is_said_to_be_its_own(network, volume, method):
    found = volume_map(volume, "glioma", network, SPEC, method, config=FusionConfig(shifts=0))
    values = found.heatmap.values
    peak = np.unravel_index(values.argmax(), values.shape)
    center = [28, 30, 18]
    assert np.abs(np.array(peak) - center).max() <= 5
    near = np.zeros(values.shape, bool)
    near[tuple(slice(s.start - 4, s.stop + 4) for s in BLOB)] = True
    assert values[near].sum() > 0.8 * values.sum()
    assert len(found.axes) == 3
    assert 0.3 < values.max() < 3
    assert any("scale" in caution for caution in found.heatmap.cautions)


def test_other_methods_are_not_drawn_in_space(network, volume):
    with pytest.raises(BadInputError, match="three dimensions"):
        volume_map(volume, "glioma", network, SPEC, "rise")
