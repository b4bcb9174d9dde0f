"""Run a network over prepared slices."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from neuroscope.learn.dataset import SliceSet

BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What a network says about n slices."""

    logits: NDArray[np.float32]  # (n, classes)
    evidence: NDArray[np.float32]  # (n, classes, h, w), class-centered contributions
    embedding: NDArray[np.float32]  # (n, d)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """Class with the largest logit, shape ``(n,)``."""
        return np.asarray(self.logits.argmax(1), np.int64)

    def of_predicted(self) -> NDArray[np.float32]:
        """Contributions to the predicted class, shape ``(n, h, w)``."""
        return np.asarray(self.evidence[np.arange(len(self.logits)), self.predicted])


@torch.inference_mode()
def predict(network: nn.Module, slices: SliceSet) -> Outputs:
    """Predict every slice in single precision; the network answers with an `Answer`."""
    network.eval()
    parts = []
    for start in range(0, len(slices), BATCH):
        images = torch.from_numpy(slices.images[start : start + BATCH])[:, None].float() / 255
        answer = network(images.contiguous(memory_format=torch.channels_last))
        parts.append([value.float().numpy() for value in answer])
    logits, evidence, embedding = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Outputs(logits, evidence, embedding)
