"""Train a network on labels dealt out at random, to see whether its maps differ from the true ones.

References
----------
Adebayo et al. 2018 (arXiv:1810.03292), the data randomization test.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from neuroscope.errors import BadInputError
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape
from neuroscope.records.progress import Progress, ignore

MEMORIZED = 0.9  # less, and the network has learned nothing that could be compared


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomLabelConfig:
    """How the network is trained; until it knows all slices by heart, or the steps are used up."""

    steps: int = 600
    batch: int = 16
    learning_rate: float = 2e-3
    look_every: int = 25
    seed: int = 0


def train_on_random_labels(
    shape: EvidenceShape,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    *,
    config: RandomLabelConfig = RandomLabelConfig(),
    progress: Progress = ignore,
) -> tuple[EvidenceNetwork, float]:
    """Train a fresh network on permuted labels.

    Parameters
    ----------
    images, labels
        Prepared slices `(n, side, side)` and their true classes, which are dealt out anew.

    Returns
    -------
    tuple[EvidenceNetwork, float]
        The network in evaluation mode, and the part of the slices it knows by heart.

    Raises
    ------
    BadInputError
        For fewer slices than a batch holds.
    """
    if len(images) < config.batch:
        raise BadInputError(
            f"{len(images)} slices are fewer than a batch of {config.batch}.",
            fix="Give more slices, or a smaller batch.",
        )
    rng = np.random.default_rng(config.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        network = EvidenceNetwork(shape)
    dealt = torch.from_numpy(rng.permutation(labels))
    inputs = torch.from_numpy(images)[:, None].float() / 255
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.learning_rate)
    known = 0.0
    for step in range(config.steps):
        rows = torch.from_numpy(rng.choice(len(images), config.batch, replace=False))
        network.train()
        loss = functional.cross_entropy(network(inputs[rows]).logits, dealt[rows])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if (step + 1) % config.look_every == 0:
            known = _known_by_heart(network, inputs, dealt)
            progress((step + 1) / config.steps)
            if known >= 0.99:
                break
    progress(1.0)
    return network.eval(), known


@torch.inference_mode()
def _known_by_heart(network: EvidenceNetwork, inputs: torch.Tensor, dealt: torch.Tensor) -> float:
    network.eval()
    answers = [network(part).logits.argmax(1) for part in torch.split(inputs, 64)]
    return float((torch.cat(answers) == dealt).float().mean())
