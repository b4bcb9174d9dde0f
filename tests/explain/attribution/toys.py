"""Networks whose right explanation is known."""

import numpy as np
import torch
from torch import nn

from neuroscope.models.baselines import MeanPooledNetwork
from neuroscope.models.evidence import Answer, Centers

SIDE = 12
PATCH = (slice(2, 5), slice(7, 10))


class Linear(nn.Module):
    """Logits are weighted sums of pixels."""

    def __init__(self, weight):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight, dtype=torch.float32))

    def forward(self, image):
        logits = image.flatten(1) @ self.weight.flatten(1).T
        return Answer(logits, None, image.flatten(1))


class Of(nn.Module):
    """Logits are (f(x), 0, 0, 0), so that the centered first one is 3/4 f(x)."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, image):
        found = self.function(image)[:, None]
        return Answer(torch.cat([found, torch.zeros(len(found), 3)], 1), None, found)


def linear(rng):
    weight = rng.normal(size=(4, SIDE, SIDE)).astype(np.float32)
    return Linear(weight), weight - weight.mean(0)


def detector():
    """Sees what is brighter than 0.8, and adds it up for the first class."""
    see = nn.Conv2d(1, 1, 1)
    network = MeanPooledNetwork(nn.Sequential(see, nn.ReLU()), 1, Centers(0.0, 1.0))
    with torch.no_grad():
        see.weight.fill_(0.25)  # the network itself takes away .25 and divides by .25
        see.bias.fill_(0.25 - 0.8)
        network.head.weight.copy_(torch.tensor([[40.0], [0.0], [0.0], [0.0]]))
        network.head.bias.zero_()
    return network.eval()


def picture(rng, patch=1.0):
    image = rng.uniform(0.05, 0.5, (SIDE, SIDE)).astype(np.float32)
    image[PATCH] = patch
    return image
