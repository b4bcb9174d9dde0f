"""Ask a network for the class-centered logit of pictures, and find its last features."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuroscope.errors import BadInputError, ModelError

BATCH = 16


@contextmanager
def at_rest(network: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode for a while: no dropout, no batch statistics."""
    was_training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was_training)


def scorer(network: nn.Module, target: int) -> Callable[[Tensor], Tensor]:
    """Give the function from pictures ``(n, 1, rows, columns)`` to centered logits ``(n,)``."""

    def score(images: Tensor) -> Tensor:
        return centered(network(images).logits, target)

    return score


def centered(logits: Tensor, target: int) -> Tensor:
    """Take the mean over the classes from one logit, ``(n, classes)`` to ``(n,)``.

    Raises
    ------
    BadInputError
        If there is no such class.
    """
    if not 0 <= target < logits.shape[1]:
        raise BadInputError(
            f"There is no class {target}.", fix=f"Give a number from 0 to {logits.shape[1] - 1}."
        )
    return logits[:, target] - logits.mean(1)


def scores(
    network: nn.Module, images: NDArray[np.float32], target: int, *, batch: int = BATCH
) -> NDArray[np.float64]:
    """Ask for the centered logits of pictures ``(n, rows, columns)``, some at a time."""
    score = scorer(network, target)
    with torch.no_grad():
        parts = [
            score(as_tensor(images[n : n + batch], network)).double().cpu()
            for n in range(0, len(images), batch)
        ]
    return np.asarray(torch.cat(parts).numpy())


def as_tensor(images: NDArray[np.float32], network: nn.Module) -> Tensor:
    """Carry pictures ``(rows, columns)`` or ``(n, rows, columns)`` to where the network is."""
    stack = np.array(images, np.float32).reshape(-1, 1, *images.shape[-2:])
    device = next((p.device for p in network.parameters()), torch.device("cpu"))
    return torch.from_numpy(stack).to(device)


def features_and_slopes(network: nn.Module, images: Tensor, target: int) -> tuple[Tensor, Tensor]:
    """Compute the last features and the slope of the centered logit in them.

    Returns
    -------
    tuple[Tensor, Tensor]
        Both of shape ``(n, channels, h, w)``, without graph.

    Raises
    ------
    ModelError
        If the network does not name the features before its pooling.
    """
    caught: list[Tensor] = []

    def catch(module: nn.Module, given: object, features: Tensor) -> Tensor:
        del module, given
        caught.append(features.detach().float().requires_grad_())
        return caught[0]

    handle = _last_features(network).register_forward_hook(catch)
    try:
        with torch.enable_grad():
            score = scorer(network, target)(images).sum()
            slopes = torch.autograd.grad(score, caught[0])[0]
    finally:
        handle.remove()
    return caught[0].detach(), slopes


def _last_features(network: nn.Module) -> nn.Module:
    name = getattr(network, "last_features", None)
    known: dict[str, nn.Module] = dict(network.named_modules())
    found = known.get(name) if isinstance(name, str) else None
    if found is None:
        raise ModelError(
            f"{type(network).__name__} lacks the layer that this method needs: 'last_features', "
            f"the features before its pooling (it names {name!r}).",
            fix="Choose a method that asks for answers only, such as occlusion or RISE.",
        )
    return found
