"""Bring a folder that `neuroscope retrain --certify` wrote into the registry of a store."""

import json
from pathlib import Path
from typing import Any

from neuroscope.errors import BadInputError, ModelError, NotFoundError
from neuroscope.io.certificate import read_certificate
from neuroscope.learn.reasons.release import RECORD_NAME
from neuroscope.learn.reasons.retrain import CHECKPOINT_NAME, weights_sha256
from neuroscope.models.weights import load_network, read_sidecar
from neuroscope.records.certificate import Certificate
from neuroscope.records.prediction import ModelRef
from neuroscope.store.askings import require_noted
from neuroscope.store.audit import GENESIS
from neuroscope.store.database import Store
from neuroscope.store.models import EVIDENCE, RegisteredModel, list_models
from neuroscope.store.registration import NewModel, register
from neuroscope.workflow.certified_release import metrics_of


def register_folder(store: Store, folder: Path, *, actor: str) -> RegisteredModel:
    """Register certified weights: a candidate, or rejected if the certificate refuses them.

    The certificate must be one that the audit trail of this store knows, about these very weights.

    Raises
    ------
    BadInputError
        If the folder was not written by a retraining.
    NotFoundError
        If it has no certificate, or what it was trained from is not registered.
    ModelError
        If weights and certificate do not belong together, or the certificate was changed or
        written elsewhere.
    """
    record = _record(folder)
    certificate = read_certificate(folder)
    require_noted(store, certificate)
    network, sidecar = load_network(folder), read_sidecar(folder)
    if weights_sha256(network) != certificate.hashes["after"]:
        raise ModelError(
            "The certificate is about other weights than those in the folder.",
            fix="Certify again: neuroscope retrain --certify",
        )
    parent = _parent(store, str(record["trained_from_sha256"]))
    new = NewModel(
        model=ModelRef(EVIDENCE, str(sidecar["version"]), str(sidecar["sha256"])),
        parent=parent.id,
        config=record["config"],
        seed=int(certificate.seed),
        data_manifest_sha256=str(record["manifest_sha256"]),
        annotation_head=GENESIS,  # it learned from files, not from this store
        metrics=metrics_of(certificate),
        certificate=certificate.as_dict(),
        verdict=certificate.verdict,
    )
    _require_new(store, new, certificate)
    return register(store, new, folder, actor=actor, leave=(CHECKPOINT_NAME,))


def _record(folder: Path) -> dict[str, Any]:
    path = folder / RECORD_NAME
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not {"trained_from_sha256", "manifest_sha256", "config"} <= record.keys():
            raise ValueError
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"'{folder.name}' was not written by a retraining.",
            fix="Name the folder that `neuroscope retrain --certify --out` wrote.",
        ) from error
    return record


def _parent(store: Store, sha256: str) -> RegisteredModel:
    for known in list_models(store, name=EVIDENCE):
        if known.model.sha256 == sha256:
            return known
    raise NotFoundError(
        f"The weights it was trained from ({sha256[:12]}) are not registered here.",
        fix="Retrain from the shipped weights, or from a version of this store (--weights).",
    )


def _require_new(store: Store, new: NewModel, certificate: Certificate) -> None:
    for known in list_models(store, name=EVIDENCE):
        if known.model.sha256 == new.model.sha256 and known.certificate == certificate.as_dict():
            raise BadInputError(
                f"These weights are registered already, as {known.id}.",
                fix="Look at them with `neuroscope models versions`.",
            )
