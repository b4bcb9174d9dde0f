"""Share a worth out among few players exactly, by asking about every coalition."""

from collections.abc import Callable
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError

MOST = 12  # 4096 coalitions


def shapley_values(number: int, worth: Callable[[tuple[int, ...]], float]) -> NDArray[np.float64]:
    """Average what each player adds to all coalitions of the others (Shapley 1953).

    Parameters
    ----------
    number
        Of players, at most 12.
    worth
        Of a coalition, given as ascending numbers of players; asked once for each.

    Returns
    -------
    NDArray[np.float64]
        Shape `(number,)`; they sum to the worth of all minus the worth of none.

    Raises
    ------
    BadInputError
        For too many players.

    Examples
    --------
    >>> shapley_values(3, lambda who: float({0, 1} <= set(who))).tolist()
    [0.5, 0.5, 0.0]
    """
    if not 0 < number <= MOST:
        raise BadInputError(
            f"{number} players have {2**number} coalitions.", fix="Estimate with KernelSHAP."
        )
    everyone = [who for size in range(number + 1) for who in combinations(range(number), size)]
    known = {who: worth(who) for who in everyone}
    shares = np.zeros(number)
    for who in everyone:
        for player in set(range(number)) - set(who):
            joined = tuple(sorted((*who, player)))
            shares[player] += (known[joined] - known[who]) / (number * comb(number - 1, len(who)))
    return shares
