"""The registry of models: every version with what it came from, and which one is active.

Of each name at most one version is active. `registration.py` adds versions, `promotion.py` makes
another one the active one. What a version found that is active no more is stale.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from neuroscope.errors import ConflictError, ModelError, NotFoundError
from neuroscope.hashing import file_sha256
from neuroscope.records.measurement import Measurement
from neuroscope.records.prediction import ModelRef
from neuroscope.store import audit
from neuroscope.store.database import Store
from neuroscope.store.model_tables import ModelRow
from neuroscope.store.tables import AnalysisRow

Status = Literal["candidate", "active", "retired", "rejected"]
Verdict = Literal["promote", "refuse", "insufficient"]
EVIDENCE = "evidence"  # the name of the network that can be trained again in the store
SEGMENTER = "segmenter"  # can be trained again from files, and promoted like the other


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A version of a model. Members as in `NewModel`.

    Attributes
    ----------
    displaced
        The version that was active before this one was promoted, to which one can go back.
    is_shipped
        Its weights lie in the package, not in the store.
    files
        SHA-256 of every file of its weights, by name.
    has_canaries
        What it says of some fixed images is stored, to prove later that it still says so.
    """

    id: str
    model: ModelRef
    parent: str | None
    displaced: str | None
    created: datetime
    is_shipped: bool
    data_manifest_sha256: str | None
    annotation_head: str | None
    seed: int | None
    verdict: Verdict | None
    status: Status
    has_canaries: bool
    metrics: tuple[Measurement, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    certificate: Mapping[str, Any] | None = None
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StaleResult:
    """The newest analysis of a study, made by a model that is active no more."""

    study_id: str
    analysis_id: str
    model: ModelRef


def read_model(store: Store, model_id: str) -> RegisteredModel:
    """Return one version.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    """
    with store.reading() as session:
        return model_of(require_row(session, model_id))


def list_models(store: Store, *, name: str | None = None) -> tuple[RegisteredModel, ...]:
    """List versions, the newest first; of one name, if one is given."""
    query = select(ModelRow).order_by(ModelRow.created.desc(), ModelRow.id)
    if name is not None:
        query = query.where(ModelRow.name == name)
    with store.reading() as session:
        return tuple(model_of(row) for row in session.scalars(query))


def version_of(store: Store, name: str, weights_sha256: str) -> RegisteredModel:
    """Return the version of a name that has these weights.

    Raises
    ------
    NotFoundError
        If none is registered.
    """
    for known in list_models(store, name=name):
        if known.model.sha256 == weights_sha256:
            return known
    raise NotFoundError(
        f"The weights it was trained from ({weights_sha256[:12]}) are not registered here.",
        fix="Retrain from the shipped weights, or from a version of this store (--weights).",
    )


def active_model(store: Store, name: str) -> RegisteredModel | None:
    """Return the active version of a name; None if none was ever noted."""
    with store.reading() as session:
        row = active_row(session, name)
        return None if row is None else model_of(row)


def active_sha256(session: Session, name: str) -> str | None:
    """Return the hash of the active weights of a name, within a transaction."""
    row = active_row(session, name)
    return None if row is None else row.weights_sha256


def weights_folder(store: Store, model: RegisteredModel) -> Path | None:
    """Return the folder of weights, each file checked against its hash; None for shipped ones.

    Raises
    ------
    ModelError
        If a file is missing or damaged.
    """
    if model.is_shipped:
        return None
    folder = store.models / model.id
    for name, expected in model.files.items():
        path = folder / name
        if not path.is_file() or file_sha256(path) != expected:
            raise ModelError(
                f"{name} of model {model.id} is missing or damaged.",
                fix="Restore the folder 'models' of the store from a backup, or promote another.",
            )
    return folder


def weights_file(store: Store, model: RegisteredModel, name: str) -> Path:
    """Return a file that was written beside the weights, checked against its hash.

    Raises
    ------
    NotFoundError
        If none of this name was written.
    ModelError
        If it is missing or damaged.
    """
    if name not in model.files:
        raise NotFoundError(
            f"No {name} was written for this version.",
            fix="Only versions that were trained here have one.",
        )
    path = store.models / model.id / name
    if not path.is_file() or file_sha256(path) != model.files[name]:
        raise ModelError(
            f"{name} of this version is missing or damaged.",
            fix="Restore the folder 'models' of the store from a backup.",
        )
    return path


def require_evidence(model: RegisteredModel) -> None:
    """Refuse a version of a model that studies are not analyzed with.

    Raises
    ------
    ConflictError
        If it is no version of the evidence network.
    """
    if model.model.name != EVIDENCE:
        raise ConflictError(
            f"Studies are not classified by '{model.model.name}'.",
            fix=f"Choose a version of '{EVIDENCE}'.",
        )


def stale_results(store: Store, name: str) -> tuple[StaleResult, ...]:
    """List the studies whose newest finished analysis another version than the active one made."""
    row = AnalysisRow
    query = (
        select(row.study_id, row.id, row.model_name, row.model_version, row.model_sha256)
        .where(row.finished.is_not(None), row.model_name == name, row.is_trial.is_(False))
        .order_by(row.study_id, row.created.desc(), row.id)
    )
    with store.reading() as session:
        active = active_sha256(session, name)
        newest: dict[str, StaleResult] = {}
        for study_id, analysis_id, *ref in session.execute(query):
            newest.setdefault(study_id, StaleResult(study_id, analysis_id, ModelRef(*ref)))
    if active is None:
        return ()
    return tuple(found for found in newest.values() if found.model.sha256 != active)


def is_stale(store: Store, model: ModelRef) -> bool:
    """Tell whether what a model said comes from a version that is active no more."""
    active = active_model(store, model.name)
    return active is not None and active.model.sha256 != model.sha256


def facts_of(row: ModelRow) -> dict[str, Any]:
    """Say what the trail knows of a version."""
    return {
        "name": row.name,
        "version": row.version,
        "weights_sha256": row.weights_sha256,
        "parent": row.parent,
        "files": row.files,
        "data_manifest_sha256": row.data_manifest_sha256,
        "annotation_head": row.annotation_head,
        "verdict": row.verdict,
        "certificate_sha256": None
        if row.certificate is None
        else audit.sha256(audit.canonical(row.certificate)),
        "canaries": None if row.canaries is None else row.canaries["sha256"],
        "status": row.status,
    }


def require_row(session: Session, model_id: str, *, lock: bool = False) -> ModelRow:
    """Return the row of a version, or refuse."""
    row = session.get(ModelRow, model_id, with_for_update=True if lock else None)
    if row is None:
        raise NotFoundError("There is no such model.", fix="Look at the list of models.")
    return row


def model_of(row: ModelRow) -> RegisteredModel:
    """Make the record from its row."""
    return RegisteredModel(
        id=row.id,
        model=ModelRef(row.name, row.version, row.weights_sha256),
        parent=row.parent,
        displaced=row.displaced,
        created=row.created,
        is_shipped=row.is_shipped,
        data_manifest_sha256=row.data_manifest_sha256,
        annotation_head=row.annotation_head,
        seed=row.seed,
        verdict=cast("Verdict | None", row.verdict),
        status=cast("Status", row.status),
        has_canaries=row.canaries is not None,
        metrics=tuple(_metric(metric) for metric in row.metrics),
        config=MappingProxyType(row.config),
        certificate=row.certificate,
        files=MappingProxyType(row.files),
    )


def active_row(session: Session, name: str, *, lock: bool = False) -> ModelRow | None:
    """Return the row of the active version of a name, within a transaction."""
    query = select(ModelRow).where(ModelRow.name == name, ModelRow.status == "active")
    return session.scalar(query.with_for_update() if lock else query)


def _metric(stored: Mapping[str, Any]) -> Measurement:
    interval = stored["interval"]
    return Measurement(**{**stored, "interval": None if interval is None else tuple(interval)})
