"""A few fixed images, and what a network answers to them, to tell whether it is what it was.

They need not look like patients, only reach all parts of the network and be the same for ever: they
are made of a formula, without a random number.
"""

import numpy as np
from numpy.typing import NDArray

from neuroscope.models.inference import EvidenceEngine

NUMBER = 16
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
