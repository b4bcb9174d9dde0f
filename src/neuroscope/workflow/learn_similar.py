"""From readers' judgments of similar cases to a metric that orders them better, if it does."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from neuroscope.records.similar import Embedded
from neuroscope.retrieve.conditions import one_of
from neuroscope.retrieve.index import VectorIndex
from neuroscope.retrieve.learned import Judged, Learned, learn_metric
from neuroscope.retrieve.rank import kin_of
from neuroscope.store.database import Store
from neuroscope.store.judgments import Judgment, read_judgments
from neuroscope.store.results import newest_finished, read_analysis
from neuroscope.workflow.index_home import write_metric
from neuroscope.workflow.similar_stored import whole_query

log = logging.getLogger(__name__)
Whole = Callable[[Embedded, str], Embedded]


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What readers' judgments taught.

    Attributes
    ----------
    unused
        Pairs that nothing could be learned from: readers disagree, a case left the index, the
        query was a region, whose vector is not kept, or all that was judged for it is alike.
    """

    learned: Learned
    unused: int


def learn_from_judgments(home: Path, store: Store, index: VectorIndex) -> Taught:
    """Learn how similarity is to be measured here; keep it beside the index only if it is better.

    A metric kept before goes when the new one is not accepted: it was learned from less.
    """

    def whole(held: Embedded, study_id: str) -> Embedded:
        analysis_id = newest_finished(store, study_id)
        return whole_query(held, read_analysis(store, analysis_id) if analysis_id else None)

    return learn_from(home, index, read_judgments(store), whole=whole)


def learn_from(
    home: Path, index: VectorIndex, judgments: Sequence[Judgment], *, whole: Whole
) -> Taught:
    """Learn from some judgments, as `learn_from_judgments`.

    Parameters
    ----------
    whole
        Chooses, among the vectors of a study, those that ask for the whole study.
    """
    judged = []
    for (study_id, scope), relevant in settled(judgments).items():
        query = _query(index, study_id, scope, whole)
        one = None if query is None else _judged(index, query, relevant)
        if one is not None:
            judged.append(one)
    learned = learn_metric(judged, index.space)
    write_metric(home, learned.metric, {"why": learned.why, "judgments": learned.judgments})
    log.info("metric: %d judgments, accepted: %s", learned.judgments, learned.metric is not None)
    return Taught(learned, len(_said(judgments)) - learned.judgments)


def settled(judgments: Iterable[Judgment]) -> dict[tuple[str, str], dict[str, bool]]:
    """Give for every question (study, scope) what all readers who said something agree on."""
    said = _said(judgments)
    agreed: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    for (study_id, scope, case_id), words in said.items():
        if len(words) == 1:
            agreed[study_id, scope][case_id] = next(iter(words))
    return dict(agreed)


def _said(judgments: Iterable[Judgment]) -> Mapping[tuple[str, str, str], set[bool]]:
    said: dict[tuple[str, str, str], set[bool]] = defaultdict(set)
    for one in judgments:
        said[one.study_id, one.scope, one.case_id].add(one.is_relevant)
    return said


def _query(index: VectorIndex, study_id: str, scope: str, whole: Whole) -> Embedded | None:
    """Give the vectors that asked, as they are kept; None where they are not."""
    held = index.fetch([one_of("case_id", [study_id])])
    if not held.entries:
        return None
    if not scope:
        return whole(held, study_id) if any(e.kind == "slice" for e in held.entries) else None
    rows = [
        row
        for row, entry in enumerate(held.entries)
        if entry.kind == "slice" and f"{entry.series_id}/{entry.slice_index}" == scope
    ]
    if not rows:
        return None
    return Embedded(held.space, tuple(held.entries[row] for row in rows), held.vectors[rows])


def _judged(index: VectorIndex, query: Embedded, relevant: Mapping[str, bool]) -> Judged | None:
    """Bring together what was judged; the query's own kin is never among it."""
    own = query.entries[0]
    kin = kin_of(index, own.patient, [own.group])
    kinds = sorted({entry.kind for entry in query.entries})
    wanted = (*kin.conditions, one_of("case_id", relevant), one_of("kind", kinds))
    cases = index.fetch(wanted)
    held = {entry.case_id for entry in cases.entries}
    kept = {case: is_near for case, is_near in relevant.items() if case in held}
    return Judged(own.patient, query, cases, kept) if kept else None
