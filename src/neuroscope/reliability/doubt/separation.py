"""How well a score tells foreign pictures from ordinary ones, one family at a time."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Float64 = NDArray[np.float64]


def auroc(ordinary: Float64, foreign: Float64) -> float:
    """Give the chance that a foreign picture scores higher than an ordinary one; a tie is half."""
    ranks = rankdata(np.concatenate([ordinary, foreign]))
    m, n = len(foreign), len(ordinary)
    return float((ranks[n:].sum() - m * (m + 1) / 2) / (m * n))


def fpr_at_tpr(ordinary: Float64, foreign: Float64, *, tpr: float = 0.95) -> float:
    """Give the share of foreign pictures that pass where `tpr` of the ordinary ones do.

    Ordinary is what is to be recognized (positive), as is the custom of this number.
    """
    ranked = np.sort(ordinary)
    edge = ranked[min(int(np.ceil(tpr * len(ranked))) - 1, len(ranked) - 1)]
    return float((foreign <= edge).mean())
