"""Add versions to the registry of models: those that the package brings, those trained here."""

import logging
import os
import secrets
import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from neuroscope.errors import BadInputError, ConflictError, ModelError
from neuroscope.hashing import file_sha256
from neuroscope.models.cards import read_cards
from neuroscope.records.measurement import Measurement
from neuroscope.records.prediction import ModelRef
from neuroscope.store import audit
from neuroscope.store.blobs import as_storage_error, sync_folder
from neuroscope.store.database import Store
from neuroscope.store.model_tables import ModelRow
from neuroscope.store.models import (
    RegisteredModel,
    Verdict,
    active_row,
    facts_of,
    list_models,
    read_model,
    require_row,
)
from neuroscope.store.tables import now

log = logging.getLogger(__name__)
SHIPPED_BY = "neuroscope"  # the actor of what the package itself does


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModel:
    """What a training run says of the weights it made.

    Attributes
    ----------
    model
        Name, version and SHA-256 of the weights; one of the files has that hash.
    parent
        The registered version it was trained from.
    data_manifest_sha256
        Of the list of data it learned from.
    annotation_head
        Head of the audit trail when it read the annotations.
    certificate
        What was tested and found, as plain values; `verdict` is its conclusion.
    """

    model: ModelRef
    parent: str
    config: Mapping[str, Any]
    seed: int
    data_manifest_sha256: str
    annotation_head: str
    metrics: tuple[Measurement, ...] = ()
    certificate: Mapping[str, Any] | None = None
    verdict: Verdict | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.verdict is None):
            raise BadInputError(
                "A certificate comes with a verdict, and a verdict with a certificate.",
                fix="Give both, or none.",
            )


def ensure_shipped(store: Store, shipped: ModelRef) -> RegisteredModel:
    """Note a model that comes with the package; it is active until another of its name is promoted.

    When a new version of the package brings other weights, they take the place of the shipped
    ones before them, whose files are gone, and never that of a model trained here.
    """
    model_id = f"shipped-{shipped.sha256[:16]}"
    row = ModelRow(
        id=model_id,
        name=shipped.name,
        version=shipped.version,
        weights_sha256=shipped.sha256,
        is_shipped=True,
        files={},
        config={},
        metrics=[],
        created=now(),
    )
    try:
        with store.transaction() as session:
            if session.get(ModelRow, model_id) is None:
                active = active_row(session, shipped.name, lock=True)
                _take_place(session, row, active)
    except IntegrityError:  # another process was faster
        return read_model(store, model_id)
    return read_model(store, model_id)


def note_shipped(store: Store) -> None:
    """Note all models that come with the package; damaged cards are for `neuroscope doctor`."""
    try:
        cards = read_cards()
    except ModelError as error:
        log.error("no models were noted: %s", error)
        return
    for card in cards:
        ensure_shipped(store, card.model)


def register(
    store: Store, new: NewModel, folder: Path, *, actor: str, leave: Collection[str] = ()
) -> RegisteredModel:
    """Copy weights into the store and note where they come from: a candidate, or rejected.

    Parameters
    ----------
    folder
        Its files are copied; folders in it are not.
    leave
        Names of files that are not copied.

    Raises
    ------
    NotFoundError
        If the parent is not registered.
    ModelError
        If no file has the hash of the weights.
    StorageError
        If the disk is full; then nothing of it is there.
    """
    model_id = secrets.token_hex(8)
    home = store.models / model_id
    with as_storage_error("The weights could not be copied into the store."):
        files = _copy(folder, home, leave)
    try:
        if new.model.sha256 not in files.values():
            raise ModelError(
                f"None of {len(files)} files has the hash of the weights, {new.model.sha256[:12]}.",
                fix="Name the folder that the training run wrote.",
            )
        with store.transaction() as session:
            require_row(session, new.parent)
            row = _row(model_id, new, files)
            session.add(row)
            session.flush()
            audit.append(session, "model.register", model_id, actor=actor, facts=facts_of(row))
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    return read_model(store, model_id)


def require_new(store: Store, new: NewModel) -> None:
    """Refuse weights that are registered already with the same certificate.

    Raises
    ------
    BadInputError
        With the id under which they are.
    """
    for known in list_models(store, name=new.model.name):
        if known.model.sha256 == new.model.sha256 and known.certificate == new.certificate:
            raise BadInputError(
                f"These weights are registered already, as {known.id}.",
                fix="Look at them with `neuroscope models versions`.",
            )


def reject(store: Store, model_id: str, *, actor: str) -> RegisteredModel:
    """Put a candidate aside for good.

    Raises
    ------
    NotFoundError
        If there is none under this id.
    ConflictError
        If it is no candidate.
    """
    with store.transaction() as session:
        row = require_row(session, model_id, lock=True)
        if row.status != "candidate":
            raise ConflictError(f"The model is {row.status}.", fix="Choose a candidate.")
        row.status = "rejected"
        session.flush()
        facts = {"status": "rejected"}
        audit.append(session, "model.reject", model_id, actor=actor, facts=facts)
    return read_model(store, model_id)


def _take_place(session: Session, row: ModelRow, active: ModelRow | None) -> None:
    """Add a shipped model, in the place of an earlier shipped one."""
    replaces = active is not None and active.is_shipped
    row.status = "active" if active is None or replaces else "retired"
    if active is not None and replaces:
        row.parent, active.status = active.id, "retired"
        session.flush()
    session.add(row)
    session.flush()
    if active is not None and replaces:
        facts = {"status": "retired"}
        audit.append(session, "model.retire", active.id, actor=SHIPPED_BY, facts=facts)
    audit.append(session, "model.register", row.id, actor=SHIPPED_BY, facts=facts_of(row))


def _row(model_id: str, new: NewModel, files: dict[str, str]) -> ModelRow:
    return ModelRow(
        id=model_id,
        name=new.model.name,
        version=new.model.version,
        parent=new.parent,
        created=now(),
        weights_sha256=new.model.sha256,
        is_shipped=False,
        files=files,
        data_manifest_sha256=new.data_manifest_sha256,
        annotation_head=new.annotation_head,
        config=dict(new.config),
        seed=new.seed,
        metrics=[asdict(metric) for metric in new.metrics],
        certificate=None if new.certificate is None else dict(new.certificate),
        verdict=new.verdict,
        status="rejected" if new.verdict == "refuse" else "candidate",
    )


def _copy(source: Path, home: Path, leave: Collection[str]) -> dict[str, str]:
    """Copy files so that the folder is whole under its name or not there; return their hashes."""
    part = home.with_name(f".{home.name}")
    part.mkdir(mode=0o700, parents=True)
    try:
        wanted = (p for p in source.iterdir() if p.is_file() and p.name not in leave)
        for path in sorted(wanted):
            shutil.copyfile(path, part / path.name)
            with (part / path.name).open("rb") as file:
                os.fsync(file.fileno())
        files = {path.name: file_sha256(path) for path in sorted(part.iterdir())}
        part.rename(home)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    sync_folder(home.parent)
    return files
