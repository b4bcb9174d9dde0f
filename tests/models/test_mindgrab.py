"""The plug-in that runs a brain extractor by others: its file, its grid, its way back.

The real weights are the user's; these are made of kernels whose answer is known.
"""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from neuroscope.errors import ModelError
from neuroscope.models import mindgrab
from neuroscope.models.mindgrab import DILATIONS, MindGrab
from neuroscope.records.volume import Volume

SIDE = 48
MIDDLE = (0, 0, 1, 1, 1)


def passing_on() -> dict[str, torch.Tensor]:
    """Weights that hand a picture through all layers, and call brain what is bright."""
    kernel = torch.zeros(1, 1, 3, 3, 3)
    kernel[MIDDLE] = 1
    weights = {f"model.{n}.0.weight": kernel.clone() for n in range(len(DILATIONS))}
    last = len(DILATIONS)
    weights[f"model.{last}.weight"] = torch.tensor([0.0, 1.0]).reshape(2, 1, 1, 1, 1)
    weights[f"model.{last}.bias"] = torch.zeros(2)
    return weights


@pytest.fixture
def brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Bring weights as a user does, on a smaller cube than that of the real ones."""

    def bring(weights: dict[str, torch.Tensor]) -> MindGrab:
        path = tmp_path / "model.pth"
        torch.save(weights, path)
        monkeypatch.setattr(mindgrab, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
        monkeypatch.setattr(mindgrab, "SIDE", SIDE)
        return MindGrab(path)

    return bring


def block(steps: np.ndarray, corner: tuple[int, int, int]) -> tuple[Volume, np.ndarray]:
    """A bright block, off the middle in all directions, and which voxels it has."""
    shape = (30, 34, 26)
    affine = np.eye(4)
    affine[:3, :3] = steps
    affine[:3, 3] = [40.0, -25.0, 60.0]
    i, j, k = corner
    inside = np.zeros(shape, bool)
    inside[i : i + 9, j : j + 7, k : k + 11] = True
    return Volume(np.where(inside, 800, 100).astype(np.int16), affine), inside


@pytest.mark.parametrize(
    "steps",
    [np.diag([1.0, 1.0, 1.0]), np.diag([-1.0, -1.0, 1.0]), np.eye(3)[[2, 0, 1]] * [1, -1, 1]],
    ids=["RAS", "LPS", "axes exchanged"],
)
def test_the_brain_comes_back_to_the_voxels_it_was_seen_in(brought, steps):
    volume, truth = block(steps, (3, 20, 5))
    np.testing.assert_array_equal(brought(passing_on())(volume), truth)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64], ids=str)
def test_weights_of_any_precision_answer(brought, dtype):
    volume, truth = block(np.diag([1.0, 1.0, 1.0]), (3, 20, 5))
    weights = {name: value.to(dtype) for name, value in passing_on().items()}
    np.testing.assert_array_equal(brought(weights)(volume), truth)


@pytest.mark.parametrize(
    ("axis", "toward"),
    [(0, [-2.0, 0, 0]), (1, [0, 0, -2.0]), (2, [0, 2.0, 0])],
    ids=["first axis to the left", "second axis down", "third axis to the front"],
)
def test_the_network_sees_the_axes_of_freesurfer(brought, axis, toward):
    """A kernel that moves the picture two voxels along an axis moves the brain 2 mm that way."""
    weights, layer = passing_on(), DILATIONS.index(2)
    kernel = torch.zeros(1, 1, 3, 3, 3)
    place = list(MIDDLE)
    place[2 + axis] = 0  # takes the value two voxels before
    kernel[tuple(place)] = 1
    weights[f"model.{layer}.0.weight"] = kernel
    volume, truth = block(np.diag([-1.0, -1.0, 1.0]), (3, 20, 5))

    found = brought(weights)(volume)
    moved = volume.to_mm(np.argwhere(found).mean(0)) - volume.to_mm(np.argwhere(truth).mean(0))
    np.testing.assert_allclose(moved, toward, atol=1e-9)


def test_a_missing_file_names_the_setting(tmp_path):
    with pytest.raises(ModelError, match="cannot be read") as refused:
        MindGrab(tmp_path / "model.pth")
    assert "NEUROSCOPE_MINDGRAB" in refused.value.fix


def test_another_file_is_refused_by_its_hash_before_it_is_opened(tmp_path):
    path = tmp_path / "model.pth"
    path.write_bytes(b"not weights, and nothing that may be unpickled")
    found = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    with pytest.raises(ModelError, match=f"hash {found}, expected 31f1bda17b8d") as refused:
        MindGrab(path)
    assert "mindgrab/model.pth" in refused.value.fix


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        MindGrab(tmp_path)
