"""What `neuroscope retrain --segmenter` wrote, as the registry of a store takes it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neuroscope.errors import ModelError
from neuroscope.learn.corrections.retrain import weights_sha256
from neuroscope.models.segmenter_weights import load_segmenter_network
from neuroscope.models.volume_graph import read_description
from neuroscope.records.measurement import Measurement
from neuroscope.records.prediction import ModelRef
from neuroscope.store.askings import require_noted
from neuroscope.store.audit import GENESIS
from neuroscope.store.database import Store
from neuroscope.store.models import SEGMENTER, version_of
from neuroscope.store.registration import NewModel

CERTIFIED = frozenset({"certificate", "certified_sha256", "weights_sha256"})


def new_segmenter(store: Store, folder: Path, record: Mapping[str, Any]) -> NewModel:
    """Read a retrained segmenter, and check that its certificate is about these very weights.

    Parameters
    ----------
    record
        What the retraining wrote beside the weights, with all keys of `CERTIFIED`.

    Raises
    ------
    BadInputError
        If the audit trail of this store knows no such certificate.
    NotFoundError
        If what it was trained from is not registered.
    ModelError
        If weights are missing or damaged, or are not those that were certified.
    """
    certificate: dict[str, Any] = record["certificate"]
    certified = str(record["certified_sha256"])
    require_noted(store, certified, certificate)
    if weights_sha256(load_segmenter_network(folder)) != certified:
        raise ModelError(
            "The certificate is about other weights than those in the folder.",
            fix="Retrain again: neuroscope retrain --segmenter",
        )
    _, model = read_description(folder, SEGMENTER)
    return NewModel(
        model=ModelRef(SEGMENTER, model.version, model.sha256),
        parent=version_of(store, SEGMENTER, str(record["trained_from_sha256"])).id,
        config=record["config"],
        seed=int(record["config"]["seed"]),
        data_manifest_sha256=str(record["manifest_sha256"]),
        annotation_head=GENESIS,  # it learned from files, not from this store
        metrics=metrics_of(certificate),
        certificate=certificate,
        verdict=certificate["verdict"],
    )


def metrics_of(certificate: Mapping[str, Any]) -> tuple[Measurement, ...]:
    """Give the overlaps of the retrained segmenter as the registry keeps them."""
    return tuple(
        Measurement(
            name=f"dice_{row['region'].lower()}_{row['of']}",
            value=float(row["after"]),
            unit="1",
            how=f"Dice overlap of {row['region']}, {row['n']} {row['of']} studies kept apart; "
            "the certificate gives the interval of the change",
            source="certificate",
        )
        for row in certificate["rows"]
    )
