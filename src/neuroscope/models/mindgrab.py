"""MindGrab, a brain extractor by others, as a plug-in: the user brings the file, we check its hash.

The weights carry no license of their own, so they are not shipped.

Source: neuroneural/brainchop-models, `meshnet/mindgrab` (a MeshNet of 26 layers).
"""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import ModelError, extra
from neuroscope.models.brain_extractor import largest_part
from neuroscope.models.segmenter_input import laid_back, sampled
from neuroscope.records.volume import Volume

SHA256 = "31f1bda17b8d3eee17a54cf3f199899763a6615a049f05ab2a05f18eb98ec23a"
SIDE = 256  # voxels of 1 mm along every axis
DILATIONS = (16, 8, 4, 2, 1) * 5
DARK, BRIGHT = 0.02, 0.98  # quantiles that become 0 and 1
TO_LIA = np.array([[-1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])  # voxel steps in RAS, as FreeSurfer


class MindGrab:
    """Runs the weights of `brainchop` (`mindgrab/model.pth`) with PyTorch; minutes on two cores."""

    def __init__(self, path: Path) -> None:
        """Load the weights.

        Raises
        ------
        ModelError
            If the file is missing, or is not the one that was tried.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(
                "The file of the MindGrab weights cannot be read.", fix="Check NEUROSCOPE_MINDGRAB."
            ) from error
        found = hashlib.sha256(content).hexdigest()
        if found != SHA256:
            raise ModelError(
                f"The MindGrab weights have hash {found[:12]}, expected {SHA256[:12]}.",
                fix="Take mindgrab/model.pth of neuroneural/brainchop-models.",
            )
        with extra("train"):
            import torch
        stored = torch.load(path, weights_only=True, map_location="cpu")
        self._weights = {name: value.float() for name, value in stored.items()}

    def __call__(self, volume: Volume) -> NDArray[np.bool_]:
        """Say which voxels `(i, j, k)` of a head are brain."""
        import torch
        from torch.nn import functional

        shape, affine = (SIDE, SIDE, SIDE), self._affine(volume)
        values = sampled(volume, shape, affine, outside=float(np.min(volume.voxels)))
        low, high = np.quantile(values, [DARK, BRIGHT])
        seen = np.clip((values - low) / max(high - low, 1e-6), 0, 1)
        x = torch.from_numpy(seen.astype(np.float32))[None, None]
        with torch.inference_mode():
            for number, dilation in enumerate(DILATIONS):
                kernel = self._weights[f"model.{number}.0.weight"]
                x = functional.conv3d(x, kernel, padding=dilation, dilation=dilation)
                x = functional.gelu(functional.instance_norm(x))
            last = len(DILATIONS)
            bias = self._weights[f"model.{last}.bias"]
            logits = functional.conv3d(x, self._weights[f"model.{last}.weight"], bias)
        brain = (logits[0, 1] > logits[0, 0]).numpy()
        return largest_part(laid_back(brain, affine, volume) > 0.5)

    @staticmethod
    def _affine(volume: Volume) -> NDArray[np.float64]:
        middle = volume.to_mm((np.array(volume.shape) - 1) / 2)
        affine = np.eye(4)
        affine[:3, :3] = TO_LIA
        affine[:3, 3] = middle - TO_LIA @ np.full(3, (SIDE - 1) / 2)
        return affine
