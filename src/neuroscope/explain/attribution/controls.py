"""Pictures that know nothing of the network: what an explanation must be better than."""

import numpy as np
from scipy import ndimage
from torch import nn

from neuroscope.explain.attribution.question import Question
from neuroscope.records.attribution import Attribution

WIDTH = 0.2  # of the side: standard deviation of the blob


def edges(network: nn.Module, question: Question) -> Attribution:
    """Draw the size of the gradient of the picture (Sobel)."""
    del network
    down, across = (ndimage.sobel(question.image.astype(np.float64), axis) for axis in (0, 1))
    return Attribution(np.asarray(np.hypot(down, across), np.float32), "edges", question.target)


def center(network: nn.Module, question: Question) -> Attribution:
    """Draw a Gaussian in the middle of the slice, where prepared heads lie."""
    del network
    rows, columns = (
        np.exp(-0.5 * ((np.arange(n) - (n - 1) / 2) / (WIDTH * n)) ** 2)
        for n in question.image.shape
    )
    return Attribution(
        np.asarray(rows[:, None] * columns[None, :], np.float32), "center", question.target
    )
