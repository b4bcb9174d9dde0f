"""Measure how much like a tumor healthy heads look to the rule that decides on volumes.

The rule takes the best of many runs of slices, and the best of many is high by chance. How high,
only heads tell that are known to be healthy: phantoms, since none are in the training sets.
"""

import math
from collections.abc import Callable, Mapping, Sequence

from neuroscope.phantom.case import make_case
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.study import Role
from neuroscope.records.volume import Volume

HEADS = 20  # the fewest whose largest is exceeded by at most 5 % of further ones
FALSE_ALARMS = 0.05
FIRST_SEED = 540_000  # no other part of the project uses these
SPACING_MM = 2.0
SEQUENCES: tuple[Role, ...] = ("t1", "t1c", "t2", "flair")
Margins = Callable[[Mapping[str, Volume]], Mapping[str, float]]


def fit_volume_allowance(
    margins_of: Margins, *, heads: int = HEADS, progress: Progress = ignore
) -> tuple[float, float]:
    """Give the margins that at most 5 % of healthy heads exceed, in logits.

    Parameters
    ----------
    margins_of
        Runs the network on the series of one head: role -> margin of the likeliest tumor over
        `notumor`, as the rule finds it (`workflow/volume_margins.py`).
    heads
        How many are made.

    Returns
    -------
    tuple[float, float]
        On T1 with contrast, and the largest of the other series' (none of them sees contrast).
    """
    found: dict[str, list[float]] = {role: [] for role in SEQUENCES}
    for number in range(heads):
        case = make_case(
            "none",
            seed=FIRST_SEED + number,
            head=True,
            spacing_mm=SPACING_MM,
            sequences=SEQUENCES,
        )
        for role, margin in margins_of(case.volumes).items():
            found[role].append(margin)
        progress((number + 1) / heads)
    others = max(bound(found[role]) for role in SEQUENCES if role != "t1c")
    return round(max(bound(found["t1c"]), 0.0), 3), round(max(others, 0.0), 3)


def bound(margins: Sequence[float]) -> float:
    """Give the order statistic that a further one exceeds with a chance of 5 % at most.

    With fewer than 19 none is high enough, and the largest is given.
    """
    rank = math.ceil((len(margins) + 1) * (1 - FALSE_ALARMS))
    return sorted(margins)[min(rank, len(margins)) - 1]
