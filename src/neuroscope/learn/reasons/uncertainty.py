"""How unsure a network is of n slices, from its probabilities alone.

References
----------
Houlsby et al. 2011 (arXiv:1112.5745) for BALD: what one would learn about the heads from the label.
"""

import numpy as np
from numpy.typing import NDArray

from neuroscope.models.heads import entropy, mutual_information

__all__ = ["bald", "closeness", "entropy"]

Probabilities = NDArray[np.float64]


def closeness(p_class: Probabilities) -> NDArray[np.float64]:
    """Measure how near the second class comes to the first: 1 minus the margin, shape ``(...)``.

    1 where two classes tie, 0 where one has everything.
    """
    ranked = np.sort(p_class, axis=-1)
    return np.asarray(1 - (ranked[..., -1] - ranked[..., -2]))


def bald(p_heads: Probabilities) -> NDArray[np.float64]:
    """Measure what the label would tell about the heads: their disagreement, in nats.

    Parameters
    ----------
    p_heads
        Probabilities of every head, shape ``(heads, n, classes)``.

    Returns
    -------
    NDArray
        Shape ``(n,)``; the mutual information of label and head. 0 where all heads say the same,
        however unsure they are, and everywhere for one head.
    """
    return mutual_information(p_heads)
