"""Half precision in training on processors, where it can be trusted."""

import torch
from torch import Tensor

from neuroscope.records.segmenterspec import GRID_MULTIPLE

LEAST_DEPTH = 3  # planes of the coarsest level


def reduced_precision(channels: Tensor) -> torch.autocast:
    """Compute a network for `channels` `(n, c, i, j, k)` in bfloat16, or plainly if they are flat.

    oneDNN (in PyTorch 2.13, with AVX-512 bf16) adds what lay in memory before to the gradient of
    a 3x3x3 kernel where the first axis has two planes: gradients of any size, NaN among them,
    other ones in every run. Networks that halve their grid four times reach that with 32 planes.
    """
    trusted = channels.shape[2] >= LEAST_DEPTH * GRID_MULTIPLE
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=trusted)
