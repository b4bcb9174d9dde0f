"""Tell from the audit trail alone what must be in the tables, and where they say otherwise.

Folding all events gives the state they led to. Somebody who changes a drawing or the status of a
model behind the back of the trail is found here, although the chain is whole.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from neuroscope.errors import ModelError
from neuroscope.store import map_verdicts, reader_labels
from neuroscope.store.annotation_rows import version_sha256
from neuroscope.store.audit import (
    Event,
    events_in,
    verify,
    wait_for_others,
)
from neuroscope.store.database import Store
from neuroscope.store.model_tables import ModelRow
from neuroscope.store.models import facts_of
from neuroscope.store.reading_tables import (
    AnnotationRow,
    AnnotationVersionRow,
    AssignmentRow,
    ReaderLabelRow,
)
from neuroscope.store.validation_tables import MapVerdictRow

State = dict[str, dict[str, Any]]  # by `noun:id`


def replay(trail: Iterable[Event]) -> State:
    """Fold events into the facts about every annotation, assignment, model, run and report."""
    state: State = {}
    for event in trail:
        _apply(state, event)
    return state


def differences(store: Store) -> tuple[str, ...]:
    """Say where the tables are not what the trail led to; empty if they agree."""
    with store.transaction() as session:
        wait_for_others(session)  # else a change between two questions would look like a difference
        told = replay(events_in(session))
        found = {
            **_annotations(session),
            **_assignments(session),
            **_labels(session),
            **_verdicts(session),
            **_models(session),
        }
    nouns = ("annotation", "assignment", "label", "model", "verdict")
    told = {key: facts for key, facts in told.items() if key.partition(":")[0] in nouns}
    return tuple(
        _difference(key, told.get(key), found.get(key))
        for key in sorted(told.keys() | found.keys())
        if told.get(key) != found.get(key)
    )


def require_as_told(store: Store, model_id: str) -> None:
    """Refuse a version that is not what the trail says, or that a broken trail speaks for.

    Raises
    ------
    ModelError
        With what differs, or the first broken event.
    """
    found = verify(store)
    if found.broken is not None:
        raise ModelError(
            f"The audit trail is broken at event {found.broken.seq}: {found.broken.why} No verdict "
            "can be trusted.",
            fix="Look at it with `neuroscope audit log --verify`; restore the store from a backup.",
        )
    key = f"model:{model_id}"
    with store.transaction() as session:
        wait_for_others(session)
        told = replay(events_in(session)).get(key)
        stored = _models(session).get(key)
    if told != stored:
        raise ModelError(
            f"{_difference(key, told, stored)} Its verdict cannot be trusted.",
            fix="Restore the store from a backup, or train and certify the version again.",
        )


def _apply(state: State, event: Event) -> None:
    facts = event.facts
    match event.action:
        case "model.refuse" | "model.promote" | "model.rollback":
            _apply_pointer(state, event)
        case "study.delete":
            for key in [
                k for k, known in state.items() if known.get("study_id") == event.object_id
            ]:
                del state[key]
        case "annotation.create" | "annotation.edit" | "annotation.delete" | "annotation.conflict":
            _apply_version(state, event)
        case "assignment.withdraw":
            state.pop(f"assignment:{event.object_id}", None)
        case "assignment.create" | "review.submit":
            state.setdefault(f"assignment:{event.object_id}", {}).update(facts)
        case "label.set":
            facts.pop("after_hand_in", None)
            state[f"label:{event.object_id}"] = facts
        case _:
            noun = event.action.partition(".")[0]
            state.setdefault(f"{noun}:{event.object_id}", {}).update(facts)


def _apply_pointer(state: State, event: Event) -> None:
    if event.action == "model.refuse":  # it stayed what it was
        return
    facts = event.facts
    if facts["displaced"] is not None:
        state[f"model:{facts['displaced']}"]["status"] = "retired"
    state[f"model:{event.object_id}"]["status"] = "active"
    for model_id, sha in facts["canaries"].items():
        state[f"model:{model_id}"]["canaries"] = sha


def _apply_version(state: State, event: Event) -> None:
    facts = event.facts
    place = {"study_id": facts["study_id"], "series_id": facts["series_id"]}
    known = state.setdefault(f"annotation:{event.object_id}", {**place, "versions": {}})
    known["versions"][str(facts["version"])] = facts["sha256"]
    if event.action != "annotation.conflict":
        known["head"] = facts["version"]


def _annotations(session: Session) -> State:
    """Read what is stored; hashes are computed from it, not taken from beside it."""
    found: State = {}
    for row in session.scalars(select(AnnotationRow)):
        place = {"study_id": row.study_id, "series_id": row.series_id, "head": row.head}
        found[f"annotation:{row.id}"] = {**place, "versions": {}}
    for version in session.scalars(select(AnnotationVersionRow)):
        known = found[f"annotation:{version.annotation_id}"]
        known["versions"][str(version.version)] = version_sha256(version)
    return found


def _assignments(session: Session) -> State:
    return {
        f"assignment:{row.study_id}/{row.series_id}/{row.reader}": {
            "study_id": row.study_id,
            "blind": row.blind,
            **({"submitted": row.submitted_versions} if row.submitted is not None else {}),
            **({"labels": row.submitted_labels} if row.submitted_labels is not None else {}),
        }
        for row in session.scalars(select(AssignmentRow))
    }


def _labels(session: Session) -> State:
    return {
        f"label:{reader_labels.object_id(row)}": reader_labels.facts_of(row)
        for row in session.scalars(select(ReaderLabelRow))
    }


def _verdicts(session: Session) -> State:
    heads = map_verdicts.heads_of(session.scalars(select(MapVerdictRow)))
    return {f"verdict:{name}": map_verdicts.facts_of(row) for name, row in heads.items()}


def _models(session: Session) -> State:
    return {f"model:{row.id}": facts_of(row) for row in session.scalars(select(ModelRow))}


def _difference(key: str, told: dict[str, Any] | None, found: dict[str, Any] | None) -> str:
    noun, _, object_id = key.partition(":")
    if told is None:
        return f"The {noun} {object_id} is in the tables and not in the trail."
    if found is None:
        return f"The {noun} {object_id} is in the trail and not in the tables."
    names = sorted(name for name in told.keys() | found.keys() if told.get(name) != found.get(name))
    return f"The {noun} {object_id} differs from the trail in: {', '.join(names)}."
