"""How far neighbors can be trusted: their vote, how often such votes are right, their source."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.similar import Embedded, Entry, Hit, Vote
from neuroscope.statistics import bootstrap_by_unit

NEIGHBORS = 10
SHARPNESS = 10.0  # a neighbor at cosine .9 counts e times as much as one at .8
ASKED_AT_MOST = 1_000  # labeled cases that are asked to calibrate
FEWEST_CASES = 20  # with so clear a vote; fewer say nothing
EDGES = (0.0, 0.6, 0.8, 0.9, 0.97, 1.01)  # of the winning share; rounding may lift it above 1
TELLS = ("reference", "reader")  # a label of the network itself says nothing new


@dataclass(frozen=True, slots=True)
class Clarity:
    """How often votes were right whose winning share lay between `low` and `high`."""

    low: float
    high: float
    cases: int
    p_right: float
    p_right_low: float
    p_right_high: float

    def as_dict(self) -> dict[str, Any]:
        """Give plain values for a file."""
        return asdict(self)


def vote_of(hits: Sequence[Hit], calibration: Sequence[Clarity] = ()) -> Vote:
    """Let neighbors vote with the class they turned out to be; closer ones count more.

    Only labels of people count, one vote a patient.
    """
    voices: dict[str, Hit] = {}
    for hit in hits:
        facts = hit.entry.facts
        if facts.label is not None and facts.label_source in TELLS:
            voices.setdefault(hit.entry.patient, hit)
    if not voices:
        return Vote({}, 0)
    shares = _shares(
        [str(hit.entry.facts.label) for hit in voices.values()],
        np.array([hit.score for hit in voices.values()]),
    )
    clearest = max(shares.values())
    known = next((c for c in calibration if c.low <= clearest < c.high), None)
    if known is None or known.cases < FEWEST_CASES:
        return Vote(shares, len(voices), p_right_cases=known.cases if known else 0)
    return Vote(
        shares, len(voices), known.p_right, known.p_right_low, known.p_right_high, known.cases
    )


def calibrate(past: Embedded, *, seed: int = 0) -> tuple[Clarity, ...]:
    """Ask every labeled vector what its neighbors say, its own patient and leak group left out.

    Parameters
    ----------
    past
        Vectors of one kind; at most a thousand of them ask, chosen at random.

    Returns
    -------
    tuple[Clarity, ...]
        For votes of growing clarity, how often they were right, with intervals by leak group; a
        range in which no vote fell is left out.
    """
    told = [r for r, entry in enumerate(past.entries) if entry.facts.label_source in TELLS]
    labels = np.array([str(past.entries[row].facts.label) for row in told])
    groups = np.array([past.entries[row].group for row in told])
    patients = np.array([past.entries[row].patient for row in told])
    vectors = past.vectors[told]
    rng = np.random.default_rng(seed)
    asking = rng.permutation(len(told))[:ASKED_AT_MOST]
    clear = np.zeros(len(asking))
    right = np.zeros(len(asking))
    for number, row in enumerate(asking):
        others = np.flatnonzero((groups != groups[row]) & (patients != patients[row]))
        if len(others) < NEIGHBORS:
            return ()
        cosines = vectors[others] @ vectors[row]
        kept = _first_of_each(patients[others], cosines)
        shares = _shares(labels[others[kept]].tolist(), cosines[kept])
        winner = max(shares, key=shares.__getitem__)
        clear[number], right[number] = shares[winner], winner == labels[row]
    return tuple(
        _clarity(low, high, right[inside], groups[asking][inside])
        for low, high in pairwise(EDGES)
        if (inside := (clear >= low) & (clear < high)).any()
    )


def same_source_rate(
    source: str | None, neighbors: Sequence[Entry], all_found: Sequence[Entry]
) -> tuple[float | None, float | None]:
    """Give the share of neighbors of the query's source, and the share among all who could be.

    Much more among the neighbors than among all means that the search finds scanners and hospitals
    rather than disease.
    """
    if source is None:
        return None, None
    rates = [
        [entry.facts.source == source for entry in some if entry.facts.source is not None]
        for some in (neighbors, all_found)
    ]
    near, every = (float(np.mean(rate)) if rate else None for rate in rates)
    return near, every


def _first_of_each(patients: NDArray[Any], cosines: NDArray[np.float32]) -> list[int]:
    seen: dict[str, int] = {}
    for row in np.argsort(-cosines):
        seen.setdefault(str(patients[row]), int(row))
        if len(seen) == NEIGHBORS:
            break
    return list(seen.values())


def _shares(labels: Sequence[str], cosines: NDArray[np.floating]) -> dict[str, float]:
    weights = np.exp(SHARPNESS * (cosines - cosines.max()))
    weights = weights / weights.sum()
    totals = {label: float(weights[np.array(labels) == label].sum()) for label in labels}
    return dict(sorted(totals.items(), key=lambda pair: -pair[1]))


def _clarity(low: float, high: float, right: NDArray[np.float64], groups: NDArray[Any]) -> Clarity:
    interval = bootstrap_by_unit(lambda rows: float(right[rows].mean()), groups, resamples=500)
    # Percentiles of nothing but hits say 1 to 1; the rule of three says how sure that is.
    least = min(interval.low, 1 - 3 / max(interval.units, 3)) if right.all() else interval.low
    return Clarity(low, high, len(right), interval.value, least, interval.high)
