"""Forget what a network learned, layer by layer from the top, to see whether its maps change.

References
----------
Adebayo et al. 2018 (arXiv:1810.03292): a map that stays the same shows the picture, not the model.
"""

from collections.abc import Iterator
from copy import deepcopy

import torch
from torch import Tensor, nn

from neuroscope.errors import BadInputError

FEWEST_STEPS = 5


def cascade(network: nn.Module, *, seed: int = 0) -> Iterator[tuple[str, nn.Module]]:
    """Give copies of a network whose parts are drawn anew, one more each time, last part first.

    The parts are the children of the network in the order they were made, lists of parts opened.
    Every weight is drawn from a normal distribution with its own mean and spread, so that the
    activations keep their size; what normalizations remember of the data is kept.

    Yields
    ------
    tuple[str, nn.Module]
        The part that was drawn last, and the copy, in evaluation mode. The last copy has learned
        nothing.

    Raises
    ------
    BadInputError
        If the network has fewer than five parts.
    """
    names = [name for name, _ in _parts(network)]
    if len(names) < FEWEST_STEPS:
        raise BadInputError(
            f"The network has {len(names)} parts, too few to forget them one by one.",
            fix=f"Give a network with at least {FEWEST_STEPS} children.",
        )
    forgetting = deepcopy(network).eval()
    generator = torch.Generator().manual_seed(seed)
    parts = dict(_parts(forgetting))
    for name in reversed(names):
        draw_anew(parts[name], generator)
        yield name, deepcopy(forgetting).eval()


def _parts(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, child in network.named_children():
        if isinstance(child, nn.ModuleList | nn.Sequential):
            for number, grandchild in child.named_children():
                if any(True for _ in grandchild.parameters()):
                    yield f"{name}.{number}", grandchild
        elif any(True for _ in child.parameters()):
            yield name, child


@torch.no_grad()
def draw_anew(part: nn.Module, generator: torch.Generator) -> None:
    """Draw every weight of a part in place, with the mean and spread that its tensor had."""
    for weights in part.parameters():
        weights.copy_(_like(weights, generator))


def _like(weights: Tensor, generator: torch.Generator) -> Tensor:
    noise = torch.randn(weights.shape, generator=generator).to(weights)
    if weights.numel() < 2:
        return noise * weights.abs()
    return weights.mean() + noise * weights.std()
