"""Does a network look at the wrong place? A suspicion before anybody has drawn an outline.

On 439 right answers about test slices of the figshare set the suspicion, which knows no outline,
ranked those with most evidence off the tumor above the others with an area of .68 (.81 on the
validation slices it was chosen on; benchmarks/acquisition.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.explain.location import Location
from neuroscope.models.classes import NO_TUMOR

Numbers = NDArray[np.float64]
FEW = 10  # answers of one class below which a rank among them says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """Where the evidence for the answer lies in n slices; arrays have shape ``(n,)`` unless said.

    Attributes
    ----------
    outside, scatter, outlined
        As in `explain.location.Location`.
    ranks
        Share of the answers of the same class, without an outline, with a smaller `outside` and a
        smaller `scatter`, shape ``(n, 2)``; 0 where there are fewer than 10 of them.
    suspicion
        0 to 1. With an outline, `outside`; without, the mean of the two ranks. 0 for answers of
        "no tumor", whose evidence has no place to be at.
    """

    outside: Numbers
    scatter: Numbers
    outlined: NDArray[np.bool_]
    ranks: Numbers
    suspicion: Numbers


def suspicion_of(location: Location, answers: NDArray[np.intp]) -> Attention:
    """Rank where the evidence lies, as `locate` says, among answers ``(n,)`` of the same class."""
    outside, scatter, outlined = location.outside, location.scatter, location.outlined
    ranks = _ranked(np.stack([outside, scatter], axis=1), answers, ~outlined)
    suspicion = np.where(outlined, outside, ranks.mean(1))
    suspicion[answers == NO_TUMOR] = 0.0
    return Attention(outside, scatter, outlined, ranks, suspicion)


def _ranked(values: Numbers, answers: NDArray[np.intp], rows: NDArray[np.bool_]) -> Numbers:
    """Rank each column, 0..1, among the given rows of every answer; 0 where they are few."""
    from scipy.stats import rankdata  # half a second to import, which a server need not wait for

    ranks = np.zeros(values.shape)
    for answer in np.unique(answers[rows]):
        own = np.flatnonzero(rows & (answers == answer))
        if len(own) >= FEW:
            ranks[own] = (rankdata(values[own], axis=0) - 1) / (len(own) - 1)
    return ranks
