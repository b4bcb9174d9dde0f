"""The segmenter's network: a small 3D U-Net over the whole brain, with several heads.

The heads share all but their last layers and are trained on differently weighted studies (a
Bayesian bootstrap); where they disagree, the answer is uncertain.

References
----------
Isensee et al. 2021, nnU-Net, Nature Methods 18:203 (plain U-Net, instance norm, leaky ReLU).
Rubin 1981, The Bayesian bootstrap, Annals of Statistics 9:130.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from neuroscope.records.segmenterspec import CHANNELS, GRID_MULTIPLE, REGIONS

SLOPE = 0.1  # with 0.01 all features of the last level can go dark inside tumors, and stay dark
PRIOR_LOGIT = -4.0  # tumors are rare: the features need not learn what the bias can say


@dataclass(frozen=True, slots=True, kw_only=True)
class UNetShape:
    """All that decides the graph; stored beside the weights."""

    channels: int = len(CHANNELS)
    regions: int = len(REGIONS)
    widths: tuple[int, ...] = (16, 32, 64, 96, 128)
    heads: int = 3
    head_width: int = 16

    def __post_init__(self) -> None:
        if 2 ** (len(self.widths) - 1) != GRID_MULTIPLE:
            raise ValueError(f"widths has {len(self.widths)} levels; the grid allows 5.")
        if min(self.heads, self.channels, self.regions) < 1:
            raise ValueError("heads, channels and regions must be 1 or more.")

    def as_dict(self) -> dict[str, object]:
        """Give plain values for a JSON sidecar."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "UNetShape":
        """Read what `as_dict` gave."""
        return cls(**{**stored, "widths": tuple(stored["widths"])})


class UNet(nn.Module):
    """Map standardized sequences to the logits of regions."""

    def __init__(self, shape: UNetShape | None = None) -> None:
        super().__init__()
        self.shape = shape or UNetShape()
        widths = self.shape.widths
        self.first = _convolution(self.shape.channels, widths[0])
        self.down = nn.ModuleList(
            nn.Sequential(_convolution(a, b, stride=2), _convolution(b, b))
            for a, b in pairwise(widths)
        )
        self.up = nn.ModuleList(nn.ConvTranspose3d(b, a, 2, 2) for a, b in pairwise(widths))
        self.merge = nn.ModuleList(_convolution(2 * a, a) for a in widths[:-1])
        width, heads, regions = self.shape.head_width, self.shape.heads, self.shape.regions
        self.hidden = nn.Conv3d(widths[0], heads * width, 1)
        self.answer = nn.Conv3d(heads * width, heads * regions, 1, groups=heads)
        nn.init.constant_(self.answer.bias, PRIOR_LOGIT)  # type: ignore[arg-type]

    def forward(self, channels: Tensor) -> Tensor:
        """Give logits `(n, heads, regions, i, j, k)` for `(n, channels, i, j, k)`; sides in 16s."""
        return self.answers(self.merged(*self.before_merge(channels)))

    def before_merge(self, channels: Tensor) -> tuple[Tensor, Tensor]:
        """Give what the last merge joins: `(n, widths[1], i/2, ..)` and `(n, widths[0], i, ..)`."""
        levels = [self.first(channels)]
        for down in self.down:
            levels.append(down(levels[-1]))
        x = levels.pop()
        for up, merge in zip(reversed(self.up[1:]), reversed(self.merge[1:]), strict=True):
            x = merge(torch.cat([up(x), levels.pop()], 1))
        return x, levels.pop()

    def merged(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """Join both into the features of every voxel, `(n, widths[0], i, j, k)`."""
        return torch.as_tensor(self.merge[0](torch.cat([self.up[0](coarse), fine], 1)))

    def answers(self, features: Tensor) -> Tensor:
        """Give logits `(n, heads, regions, i, j, k)` from the features of every voxel."""
        logits = self.answer(nn.functional.leaky_relu(self.hidden(features), SLOPE))
        n, _, i, j, k = logits.shape
        return torch.as_tensor(logits.view(n, self.shape.heads, self.shape.regions, i, j, k))


def _convolution(before: int, after: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv3d(before, after, 3, stride, 1, bias=False),
        nn.InstanceNorm3d(after, affine=True),
        nn.LeakyReLU(SLOPE, inplace=True),
    )
