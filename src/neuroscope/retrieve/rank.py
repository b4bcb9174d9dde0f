"""From vectors to past cases: whom a query may find, and in which order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.metric import Metric
from neuroscope.records.similar import Embedded, Entry, Hit
from neuroscope.retrieve.conditions import Condition, none_of, one_of
from neuroscope.retrieve.index import VectorIndex

CANDIDATES = 50  # cases that are compared vector by vector
HITS_PER_VECTOR = 200
TOWARD, AWAY = 0.75, 0.15  # weights of Rocchio 1971 as commonly used (Manning et al. 2008, ch. 9)

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Kin:
    """Whom a query must not find: its own patient and all who share images with it."""

    patients: frozenset[str]
    groups: frozenset[str]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What every search adds to its conditions."""
        patients, groups = sorted(self.patients), sorted(self.groups)
        return (none_of("patient", patients), none_of("group", groups))

    def includes(self, entry: Entry) -> bool:
        """Tell whether an entry belongs to the query's own kin."""
        return entry.patient in self.patients or entry.group in self.groups


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """A case in its place.

    Attributes
    ----------
    score
        Mean over the query's vectors of the best cosine with any vector of the case.
    best, query_row
        The pair of vectors that lies closest.
    """

    case_id: str
    score: float
    best: Hit
    query_row: int


def kin_of(index: VectorIndex, patient: str, groups: Iterable[str] = ()) -> Kin:
    """Close a patient and their leak groups under "shares a group with".

    Everyone in a group of the patient is kin, and everyone in a group of theirs, until none comes
    new: near-duplicates chain.
    """
    patients, all_groups = {patient}, {*groups}
    while True:
        conditions = ((one_of("patient", patients),), (one_of("group", all_groups),))
        found = [entry for asked in conditions for entry in index.fetch(asked).entries]
        grown = patients | {e.patient for e in found}, all_groups | {e.group for e in found}
        if grown == (patients, all_groups):
            return Kin(frozenset(patients), frozenset(all_groups))
        patients, all_groups = grown


def rank_cases(
    index: VectorIndex,
    query: Embedded,
    kin: Kin,
    conditions: Sequence[Condition],
    *,
    most: int,
    moved: Embedded | None = None,
    metric: Metric | None = None,
) -> tuple[Ranked, ...]:
    """Find the most similar cases by late interaction (MaxSim; Khattab and Zaharia 2020).

    Every vector of the query finds its closest vectors of the same kind; the cases they belong to
    are then compared in full, vector by vector.

    Parameters
    ----------
    query
        Vectors of one or several kinds; a kind is compared only with itself.
    most
        Number of cases, best first.
    moved
        The query as marks of a reader moved it: it decides on the order.
    metric
        Learned from judgments: it decides on the order.

    Returns
    -------
    tuple[Ranked, ...]
        No case of the kin; fewer where fewer fulfill the conditions. Whatever decides on the order,
        `best.score` is the cosine of two vectors as they are.
    """
    allowed = (*kin.conditions, *conditions)
    ordering = query if moved is None else moved
    chosen = _candidates(index, ordering, allowed, max(CANDIDATES, most), metric)
    if not chosen:
        return ()
    kinds = sorted({entry.kind for entry in query.entries})
    wanted = (*allowed, one_of("case_id", chosen), one_of("kind", kinds))
    past = index.fetch(wanted)
    ranked = late_interaction(ordering, past, metric=metric)[:most]
    if moved is None and metric is None:
        return ranked
    rows = {entry.id: row for row, entry in enumerate(past.entries)}
    cosines = (
        float(query.vectors[one.query_row] @ past.vectors[rows[one.best.entry.id]])
        for one in ranked
    )
    return tuple(
        replace(one, best=Hit(one.best.entry, cosine))
        for one, cosine in zip(ranked, cosines, strict=True)
    )


def _candidates(
    index: VectorIndex,
    query: Embedded,
    allowed: Sequence[Condition],
    most: int,
    metric: Metric | None,
) -> list[str]:
    """Name the cases that may lie nearest: those whose vectors the query's vectors hit best.

    Where a vector did not hit a case, the case may lie as near as the last hit, and counts so.
    """
    totals: dict[str, float] = {}
    probes = query.vectors if metric is None else metric.probe(query.vectors)
    for kind in sorted({entry.kind for entry in query.entries}):
        rows = [row for row, entry in enumerate(query.entries) if entry.kind == kind]
        of_kind = (*allowed, one_of("kind", [kind]))
        for hits in index.nearest_cases(probes[rows], of_kind, most=HITS_PER_VECTOR):
            last = min(hits.values(), default=0.0)
            for case, score in hits.items():
                totals[case] = totals.get(case, 0.0) + score - last
    return sorted(totals, key=lambda case: (-totals[case], case))[:most]


def late_interaction(
    query: Embedded, past: Embedded, *, metric: Metric | None = None
) -> tuple[Ranked, ...]:
    """Compare a query with the vectors of some cases; order the cases by MaxSim.

    A vector of the query whose kind a case does not have counts as orthogonal to it.
    """
    query.space.require_same(past.space)
    if metric is not None:
        query, past = metric.applied(query), metric.applied(past)
    cosines = query.vectors @ past.vectors.T
    kinds = np.array([entry.kind for entry in past.entries])
    asked = np.array([entry.kind for entry in query.entries])
    cosines = np.where(asked[:, None] == kinds[None], cosines, -np.inf)
    rows_of: dict[str, list[int]] = {}
    for row, entry in enumerate(past.entries):
        rows_of.setdefault(entry.case_id, []).append(row)
    ranked = []
    for case, rows in rows_of.items():
        of_case = cosines[:, rows]
        best = of_case.max(1)
        best_query, best_past = np.unravel_index(int(of_case.argmax()), of_case.shape)
        hit = Hit(past.entries[rows[int(best_past)]], float(of_case.max()))
        score = float(np.where(np.isfinite(best), best, 0.0).mean())
        ranked.append(Ranked(case, score, hit, int(best_query)))
    return tuple(sorted(ranked, key=lambda one: (-one.score, one.case_id)))


def nudged(query: Float32, relevant: Float32, not_relevant: Float32) -> Float32:
    """Move a query toward what was marked relevant and away from what was not (Rocchio).

    Parameters
    ----------
    query
        Unit length, shape `(dimension,)`.
    relevant, not_relevant
        Vectors of marked cases, shape `(n, dimension)`; both may be empty.

    Returns
    -------
    NDArray[np.float32]
        Unit length; the very query when nothing is marked, or the marks cancel it out.
    """
    if not len(relevant) and not len(not_relevant):
        return query
    moved = query.astype(np.float64)
    if len(relevant):
        moved = moved + TOWARD * relevant.mean(0)
    if len(not_relevant):
        moved = moved - AWAY * not_relevant.mean(0)
    length = float(np.linalg.norm(moved))
    return query if length < 1e-6 else np.asarray(moved / length, np.float32)
