"""Make another version of a model the active one, or go back: all at once, and only when proven.

The pointer moves in one transaction. Whatever fails before (a full disk, a kill, a wrong canary)
leaves the active version as it was. What a version says of some fixed images, its canaries, is
stored when it is promoted, and must be said again before one goes back to it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from neuroscope.errors import ConflictError, ModelError
from neuroscope.store import audit
from neuroscope.store.audit_replay import require_as_told
from neuroscope.store.blobs import ArrayBlob, read_array, sync_folder, write_array
from neuroscope.store.database import Store
from neuroscope.store.models import (
    RegisteredModel,
    active_model,
    read_model,
    require_row,
    weights_folder,
)

CANARY_TOLERANCE = 1e-6
Outputs = NDArray[np.floating[Any]]
RunCanaries = Callable[[RegisteredModel], Outputs]


def promote(
    store: Store, model_id: str, *, actor: str, run_canaries: RunCanaries
) -> RegisteredModel:
    """Make a candidate the active version of its name.

    Parameters
    ----------
    run_canaries
        Says what a version answers to some fixed images, any shape; from above, because the store
        runs no model.

    Raises
    ------
    NotFoundError
        If there is no such model.
    ConflictError
        If its certificate does not say so, if it is no candidate, or if another was promoted
        meanwhile.
    ModelError
        If its weights are damaged, or the audit trail is broken or tells otherwise of it.
    StorageError
        If the disk is full; then the active version stays.
    """
    with refusal_noted(store, model_id, actor=actor):
        return _promote(store, model_id, actor, run_canaries)


@contextmanager
def refusal_noted(store: Store, model_id: str, *, actor: str) -> Iterator[None]:
    """Note in the trail that a version was not made the active one, and why."""
    try:
        yield
    except (ConflictError, ModelError) as error:
        facts = {"problem": error.problem}
        with store.transaction() as session:
            audit.append(session, "model.refuse", model_id, actor=actor, facts=facts)
        raise


def _promote(store: Store, model_id: str, actor: str, run_canaries: RunCanaries) -> RegisteredModel:
    candidate = read_model(store, model_id)
    active = active_model(store, candidate.model.name)
    require_promotable(candidate, active)
    require_as_told(store, candidate.id)
    weights_folder(store, candidate)
    canaries = {candidate.id: _keep(store, candidate, run_canaries)}
    if active is not None and not active.has_canaries:
        canaries[active.id] = _keep(store, active, run_canaries)
    with store.transaction() as session:
        _swap(session, old=active, new=candidate)
        row = require_row(session, candidate.id)
        row.displaced = None if active is None else active.id
        for changed, blob in canaries.items():
            require_row(session, changed).canaries = blob.to_json()
        session.flush()
        audit.append(
            session,
            "model.promote",
            candidate.id,
            actor=actor,
            facts={
                "displaced": row.displaced,
                "canaries": {changed: blob.sha256 for changed, blob in canaries.items()},
            },
        )
    return read_model(store, candidate.id)


def roll_back(store: Store, name: str, *, actor: str, run_canaries: RunCanaries) -> RegisteredModel:
    """Go back to the version that the active one displaced, once it has said again what it said.

    Raises
    ------
    ConflictError
        If nothing was displaced, or another was promoted meanwhile.
    ModelError
        If its weights are damaged, or its canaries differ by more than 1e-6: the active version
        stays.
    """
    active = active_model(store, name)
    if active is None:
        raise _no_way_back()
    with refusal_noted(store, active.displaced or active.id, actor=actor):
        return _roll_back(store, active, actor, run_canaries)


def _roll_back(
    store: Store, active: RegisteredModel, actor: str, run_canaries: RunCanaries
) -> RegisteredModel:
    target = read_model(store, require_displaced(active))
    weights_folder(store, target)
    difference = _canary_difference(store, target, run_canaries)
    if not difference <= CANARY_TOLERANCE:  # also not a number
        raise ModelError(
            f"The earlier version does not answer as it did: its canaries differ by "
            f"{difference:.2g}.",
            fix="It was damaged, or runs on other software now. The active version stays.",
        )
    with store.transaction() as session:
        _swap(session, old=active, new=target)
        facts: dict[str, Any] = {
            "displaced": active.id,
            "canaries": {},
            "canary_difference": difference,
        }
        audit.append(session, "model.rollback", target.id, actor=actor, facts=facts)
    return read_model(store, target.id)


def require_promotable(candidate: RegisteredModel, active: RegisteredModel | None) -> None:
    """Refuse what is no candidate, or has no certificate that says so against the active version.

    Raises
    ------
    ConflictError
        With the reason.
    """
    if candidate.status != "candidate":
        raise ConflictError(
            f"The model is {candidate.status}; only a candidate can be promoted.",
            fix="Choose a candidate, or roll back to an earlier version.",
        )
    if candidate.verdict != "promote":
        said = "is missing" if candidate.verdict is None else f"says '{candidate.verdict}'"
        raise ConflictError(
            f"The certificate of the model {said}.",
            fix="Nothing is promoted without a certificate that says so: annotate more, retrain.",
        )
    if active is not None and candidate.parent != active.id:
        raise ConflictError(
            "The certificate compares the model with a version that is not active any more.",
            fix="Retrain from the active version, or go back to the one it was compared with.",
        )


def require_displaced(active: RegisteredModel) -> str:
    """Return the version to which one can go back from the active one.

    Raises
    ------
    ConflictError
        If there is none.
    """
    if active.status != "active" or active.displaced is None:
        raise _no_way_back()
    return active.displaced


def _no_way_back() -> ConflictError:
    return ConflictError(
        "There is no version to go back to.",
        fix="Look at the list of models, and promote another version instead.",
    )


def _keep(store: Store, model: RegisteredModel, run_canaries: RunCanaries) -> ArrayBlob:
    folder = store.models / model.id
    blob = write_array(folder, np.asarray(run_canaries(model)))
    sync_folder(folder)
    return blob


def _canary_difference(store: Store, target: RegisteredModel, run_canaries: RunCanaries) -> float:
    with store.reading() as session:
        stored = require_row(session, target.id).canaries
    if stored is None:
        raise ModelError(
            "No canaries of the earlier version are stored.", fix="Promote a certified version."
        )
    before = read_array(store.models / target.id, ArrayBlob.from_json(stored))
    after = np.asarray(run_canaries(target))
    if before.shape != after.shape:
        return float("inf")
    return float(np.abs(before.astype(np.float64) - after.astype(np.float64)).max(initial=0.0))


def _swap(session: Session, *, old: RegisteredModel | None, new: RegisteredModel) -> None:
    """Move the pointer, if both versions are still what was looked at."""
    rows = {one.id: require_row(session, one.id, lock=True) for one in _in_order(old, new)}
    if any(rows[one.id].status != one.status for one in _in_order(old, new)):
        raise ConflictError(
            "Another version was promoted meanwhile.", fix="Look at the list of models again."
        )
    if old is not None:
        rows[old.id].status = "retired"
        session.flush()
    rows[new.id].status = "active"
    session.flush()


def _in_order(old: RegisteredModel | None, new: RegisteredModel) -> list[RegisteredModel]:
    """Return both by id, so that two promotions at once wait for each other and not forever."""
    return sorted((one for one in (old, new) if one is not None), key=lambda one: one.id)
