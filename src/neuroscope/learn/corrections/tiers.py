"""Choose how much of the segmenter learns from edited masks, and compute the rest only once."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from neuroscope.learn.precision import reduced_precision
from neuroscope.learn.segmentation_cases import StoredCase, decoded
from neuroscope.models.unet import UNet

SegmenterTier = Literal["head", "last", "full"]
Parts = tuple[Tensor, ...]

LEARNS: Mapping[SegmenterTier, tuple[str, ...]] = {
    "head": ("hidden.", "answer."),
    "last": ("up.0.", "merge.0.", "hidden.", "answer."),
    "full": ("",),
}
LEARNING_RATES: Mapping[SegmenterTier, float] = {"head": 3e-3, "last": 1e-3, "full": 3e-4}


def opened(network: UNet, tier: SegmenterTier) -> UNet:
    """Copy a network so that only the tier's part can learn."""
    copy = UNet(network.shape)
    copy.load_state_dict(network.state_dict())
    for name, parameter in copy.named_parameters():
        parameter.requires_grad_(name.startswith(LEARNS[tier]))
    return copy.to(memory_format=torch.channels_last_3d).eval()  # type: ignore[call-overload, no-any-return]


def answered(network: UNet, tier: SegmenterTier, parts: Parts) -> Tensor:
    """Run the part that learns; logits `(1, heads, 3, i, j, k)` in single precision."""
    given = [part.float().contiguous(memory_format=torch.channels_last_3d) for part in parts]
    with reduced_precision(given[-1]):
        if tier == "head":
            logits = network.answers(given[0])
        elif tier == "last":
            logits = network.answers(network.merged(given[0], given[1]))
        else:
            logits = network(given[0])
    return logits.float()


class Shelf:
    """Keeps what the fixed part gives for each study in half precision, in a folder of its own."""

    def __init__(self, network: UNet, tier: SegmenterTier) -> None:
        self._network, self._tier = network, tier
        self._folder = tempfile.TemporaryDirectory(prefix="neuroscope-segmenter-")

    def close(self) -> None:
        """Delete the folder."""
        self._folder.cleanup()

    def parts(self, name: str, case: StoredCase, *, mirrored: bool) -> Parts:
        """Give what the learning part reads of a study or of its mirror image."""
        images = torch.from_numpy(decoded(case.images))[None]
        if mirrored:
            images = images.flip(2)
        if self._tier == "full":
            return (images,)
        path = Path(self._folder.name) / f"{name}-{int(mirrored)}.safetensors"
        if not path.is_file():
            fixed = self._fixed(images)
            save_file({str(n): part for n, part in enumerate(fixed)}, path)
        kept = load_file(path)
        return tuple(kept[str(n)] for n in range(len(kept)))

    @torch.no_grad()
    def _fixed(self, images: Tensor) -> Parts:
        images = images.contiguous(memory_format=torch.channels_last_3d)
        with reduced_precision(images):
            coarse, fine = self._network.before_merge(images)
            found = (
                (self._network.merged(coarse, fine),) if self._tier == "head" else (coarse, fine)
            )
        return tuple(part.half().contiguous() for part in found)
