"""A few fixed images, and what a model answers to them, to tell whether it is what it was.

They need not look like patients, only reach all parts of the network and be the same for ever: they
are made of a formula, without a random number.
"""

import numpy as np
from numpy.typing import NDArray

from neuroscope.models.inference import EvidenceEngine
from neuroscope.models.segmenter_input import SegmenterInput
from neuroscope.models.unet_segmenter import UnetSegmenter
from neuroscope.records.segmenterspec import CHANNELS

NUMBER = 16
SIDES = (48, 64, 48)  # voxels of the head that the segmenter is shown; each a multiple of 16
Float32 = NDArray[np.float32]


def canary_images(size: int) -> Float32:
    """Draw heads of different width with bright, dark and striped places in different quarters.

    Returns
    -------
    Float32
        Shape `(16, 1, size, size)`, 0 to 1; every one differs from its mirror image.
    """
    rows, columns = np.mgrid[:size, :size] / (size - 1) * 2 - 1
    images = []
    for number in range(NUMBER):
        width = 0.55 + 0.02 * number
        head = (columns / width) ** 2 + (rows / 0.85) ** 2 < 1
        turn = 2 * np.pi * number / NUMBER + 0.3
        spot = np.hypot(columns - 0.35 * np.cos(turn), rows - 0.4 * np.sin(turn))
        stripes = np.sin((5 + number) * (columns * np.cos(turn) + rows * np.sin(turn)))
        gray = 0.45 + 0.1 * stripes + (0.5 - 0.05 * number) * np.exp(-((spot / 0.18) ** 2))
        images.append(np.where(head, np.clip(gray, 0, 1), 0))
    return np.asarray(np.stack(images)[:, None], np.float32)


def canary_answers(engine: EvidenceEngine) -> Float32:
    """Return the logits of the canaries and a sum over each map, shape `(16, 2 * classes)`.

    The maps are summed with weights, so that evidence in another place gives another number.
    """
    answer = engine.run(canary_images(engine.spec.size))
    cells = answer.evidence.shape[-1]
    places = np.linspace(0.5, 1.5, cells * cells, dtype=np.float64).reshape(cells, cells)
    maps = (answer.evidence.astype(np.float64) * places).sum(axis=(2, 3))
    return np.asarray(np.concatenate([answer.logits, maps], axis=1), np.float32)


def canary_head() -> SegmenterInput:
    """Draw a head with a bright and a dark ball and stripes, another picture in every sequence.

    Returns
    -------
    SegmenterInput
        Channels of shape `(4, 48, 64, 48)`; every one differs from its mirror image.
    """
    i, j, k = (np.linspace(-1, 1, side) for side in SIDES)
    right, front, top = np.meshgrid(i, j, k, indexing="ij")
    inside = (right / 0.85) ** 2 + (front / 0.9) ** 2 + (top / 0.85) ** 2 < 1
    bright = np.exp(-((right - 0.3) ** 2 + (front - 0.2) ** 2 + (top + 0.1) ** 2) / 0.03)
    dark = np.exp(-((right + 0.25) ** 2 + (front + 0.4) ** 2 + (top - 0.3) ** 2) / 0.02)
    channels = []
    for number in range(len(CHANNELS)):
        stripes = np.sin((4 + 2 * number) * (right + 0.5 * front - 0.3 * top))
        gray = 0.3 * stripes + (3.0 - 1.2 * number) * bright + (number - 2.5) * dark
        channels.append(np.where(inside, gray, 0.0))
    present = (True, True, True, True)
    return SegmenterInput(np.asarray(channels, np.float32), np.diag([2.0, 2.0, 2.0, 1.0]), present)


def segmenter_canary_answers(segmenter: UnetSegmenter) -> Float32:
    """Return means of every probability map of the canary head, shape `(members, 3 * 4)`.

    Every map is averaged plainly, and with weights that rise along each axis, so that tumor found
    in another place gives another number.
    """
    p = segmenter.members(canary_head()).astype(np.float64)
    rising = [np.linspace(0.5, 1.5, side) for side in SIDES]
    means = [
        p.mean((2, 3, 4)),
        np.einsum("mrijk,i->mr", p, rising[0]) / np.prod(SIDES),
        np.einsum("mrijk,j->mr", p, rising[1]) / np.prod(SIDES),
        np.einsum("mrijk,k->mr", p, rising[2]) / np.prod(SIDES),
    ]
    return np.asarray(np.concatenate(means, axis=1), np.float32)
