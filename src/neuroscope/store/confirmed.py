"""What readers confirmed, beside what the network could not exclude: one answer of each patient."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from neuroscope.records.doubt import doubt_of
from neuroscope.store.database import Store
from neuroscope.store.models import EVIDENCE, active_sha256
from neuroscope.store.reader_labels import ReaderLabel, read_all_labels
from neuroscope.store.tables import AnalysisRow, SliceFindingRow, StudyRow


@dataclass(frozen=True, slots=True)
class ConfirmedAnswer:
    """What readers say a picture shows, and the sets of classes the active version gave for it."""

    pseudonym: str
    label: str
    confirmed: datetime
    sets: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ConfirmedAnswers:
    """One answer of each patient, in the order they were confirmed, and what was left out.

    Attributes
    ----------
    disputed
        Pictures that readers name differently.
    without_sets
        Pictures and volumes for which the active version has given no sets.
    """

    answers: tuple[ConfirmedAnswer, ...]
    disputed: int
    without_sets: int


def confirmed_answers(store: Store) -> ConfirmedAnswers:
    """Return the first settled answer of every patient; answers of blind readings wait."""
    said: dict[tuple[str, str, int | None], list[ReaderLabel]] = defaultdict(list)
    for label in read_all_labels(store):
        said[label.study_id, label.series_id, label.slice_index].append(label)
    settled = [labels for labels in said.values() if len({one.label for one in labels}) == 1]
    found: dict[str, ConfirmedAnswer] = {}
    without = 0
    with store.reading() as session:
        active = active_sha256(session, EVIDENCE)
        for labels in sorted(settled, key=lambda labels: min(one.created for one in labels)):
            first = min(labels, key=lambda one: one.created)
            sets = _sets(session, first, active)
            if not sets or first.label is None:
                without += 1
                continue
            pseudonym = session.get_one(StudyRow, first.study_id).pseudonym
            answer = ConfirmedAnswer(pseudonym, first.label, first.created, sets)
            found.setdefault(pseudonym, answer)
    return ConfirmedAnswers(tuple(found.values()), len(said) - len(settled), without)


def _sets(
    session: Session, label: ReaderLabel, active: str | None
) -> Mapping[str, tuple[str, ...]]:
    """Give the sets of the newest analysis by the active version; none for a volume."""
    if label.slice_index is None:
        return {}
    row = AnalysisRow
    query = (
        select(row.id)
        .where(row.study_id == label.study_id, row.finished.is_not(None), row.is_trial.is_(False))
        .order_by(row.created.desc(), row.id)
    )
    if active is not None:
        query = query.where(row.model_sha256 == active)
    newest = session.scalar(query.limit(1))
    if newest is None:
        return {}
    found = session.get(SliceFindingRow, (newest, label.series_id, label.slice_index))
    doubt = None if found is None else doubt_of(found.prediction.get("doubt"))
    return {} if doubt is None else doubt.sets
