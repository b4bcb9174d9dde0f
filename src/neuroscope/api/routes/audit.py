"""The audit trail: what happened, and whether the tale is whole."""

from typing import Annotated

from fastapi import APIRouter, Query

from neuroscope.api.deps import ReaderDep, StoreDep
from neuroscope.api.registry_schema import BrokenOut, EventOut, EventsOut, VerificationOut
from neuroscope.store import audit
from neuroscope.store.audit_replay import differences

ANSWERS = ("label.set", "verdict.set")
WITHHELD = '{"withheld": "the answer of another reader"}'

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("")
def list_events(
    store: StoreDep,
    reader: ReaderDep,
    object_id: Annotated[
        str | None,
        Query(
            max_length=300,
            pattern=r"^[^\x00-\x1f\x7f]+$",
            description="Only what happened to one annotation, model, study or reading.",
        ),
    ] = None,
    action: Annotated[
        str | None,
        Query(
            pattern=r"^[a-z_]{1,32}(\.[a-z_]{1,32})?$",
            description="Only this action, or all of one kind: `annotation.edit`, `annotation`.",
        ),
    ] = None,
    actor: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=64,
            pattern=r"^[^\x00-\x1f\x7f]+$",
            description="Only what this one did.",
        ),
    ] = None,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="`next_before`.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> EventsOut:
    """List what happened, newest first. What others answered is withheld: readings may be blind."""
    found, total = audit.list_events(
        store, object_id=object_id, action=action, actor=actor, before=before, limit=limit + 1
    )
    page = found[:limit]
    return EventsOut(
        events=[_shown(event, reader) for event in page],
        total=total,
        next_before=page[-1].seq if len(found) > limit else None,
    )


def _shown(event: audit.Event, reader: str) -> EventOut:
    shown = EventOut.model_validate(event)
    if event.action in ANSWERS and event.actor != reader:
        return shown.model_copy(update={"payload": WITHHELD})
    return shown


@router.get("/verification")
def verify_trail(store: StoreDep) -> VerificationOut:
    """Check every seal, and compare what is stored with what the trail led to.

    Events cut off at the end leave no trace here: compare with an anchor (`neuroscope audit log`).
    """
    found = audit.verify(store)
    return VerificationOut(
        is_whole=found.is_whole,
        events=found.events,
        head=found.head,
        broken=BrokenOut.model_validate(found.broken) if found.broken else None,
        differences=list(differences(store)) if found.is_whole else [],
    )
