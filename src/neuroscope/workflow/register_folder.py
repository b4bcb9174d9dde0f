"""Bring a folder that a certified retraining wrote into the registry of a store."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from neuroscope.errors import BadInputError, ModelError
from neuroscope.io.certificate import read_certificate
from neuroscope.learn.reasons.release import RECORD_NAME
from neuroscope.learn.reasons.retrain import CHECKPOINT_NAME, weights_sha256
from neuroscope.models.unet_segmenter import SIDECAR_NAME as SEGMENTER_SIDECAR
from neuroscope.models.weights import load_network, read_sidecar
from neuroscope.records.prediction import ModelRef
from neuroscope.store.askings import require_noted
from neuroscope.store.audit import GENESIS
from neuroscope.store.database import Store
from neuroscope.store.models import EVIDENCE, RegisteredModel, version_of
from neuroscope.store.registration import NewModel, register, require_new
from neuroscope.workflow.certified_release import metrics_of
from neuroscope.workflow.register_segmenter import CERTIFIED, new_segmenter

TRAINED = frozenset({"trained_from_sha256", "manifest_sha256", "config"})
OTHER_WEIGHTS = "The certificate is about other weights than those in the folder."


def register_folder(store: Store, folder: Path, *, actor: str) -> RegisteredModel:
    """Register certified weights: a candidate, or rejected if the certificate refuses them.

    Weights of the evidence network and of the segmenter are told apart by their files. The
    certificate must be one that the audit trail of this store knows, about these very weights.

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
    if (folder / SEGMENTER_SIDECAR).is_file():
        new = new_segmenter(store, folder, _record(folder, TRAINED | CERTIFIED))
    else:
        new = _new_classifier(store, folder, _record(folder, TRAINED))
    require_new(store, new)
    return register(store, new, folder, actor=actor, leave=(CHECKPOINT_NAME,))


def _new_classifier(store: Store, folder: Path, record: dict[str, Any]) -> NewModel:
    certificate = read_certificate(folder)
    require_noted(store, certificate.hashes["after"], certificate.as_dict())
    network, sidecar = load_network(folder), read_sidecar(folder)
    if weights_sha256(network) != certificate.hashes["after"]:
        raise ModelError(OTHER_WEIGHTS, fix="Certify again: neuroscope retrain --certify")
    return NewModel(
        model=ModelRef(EVIDENCE, str(sidecar["version"]), str(sidecar["sha256"])),
        parent=version_of(store, EVIDENCE, str(record["trained_from_sha256"])).id,
        config=record["config"],
        seed=int(certificate.seed),
        data_manifest_sha256=str(record["manifest_sha256"]),
        annotation_head=GENESIS,  # it learned from files, not from this store
        metrics=metrics_of(certificate),
        certificate=certificate.as_dict(),
        verdict=certificate.verdict,
    )


def _record(folder: Path, needed: Collection[str]) -> dict[str, Any]:
    path = folder / RECORD_NAME
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not set(needed) <= record.keys():
            raise ValueError
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"'{folder.name}' was not written by a retraining.",
            fix="Name the folder that `neuroscope retrain --certify --out` or "
            "`neuroscope retrain --segmenter --out` wrote.",
        ) from error
    return record
