"""Log a training where the settings say; what cannot be logged is a doubt, not a failure."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version as version_of
from typing import Any

from neuroscope.errors import NeuroscopeError
from neuroscope.learn.tracking import LoggedRun, default_uri, log_run
from neuroscope.settings import Settings
from neuroscope.store import training
from neuroscope.store.database import Store
from neuroscope.store.models import read_model

log = logging.getLogger(__name__)
OFF = "off"
ABSENT = "The training was not logged to MLflow, which is not installed (make setup)."
REFUSED = "The training was not logged to MLflow: {}"


def log_training(store: Store, settings: Settings, run_id: str) -> None:
    """Log a training that has ended to MLflow, once."""
    run = training.read_run(store, run_id)
    if settings.mlflow == OFF or run.tracking is not None or run.outcome is None:
        return
    uri = settings.mlflow or default_uri(settings.home)
    artifacts = None if "://" in uri and not uri.startswith(("sqlite", "post")) else settings.home
    folder = None if artifacts is None else artifacts / "mlflow"
    try:
        tracked = log_run(_logged(store, run), uri, artifacts=folder)
    except ModuleNotFoundError:
        training.add_caution(store, run_id, ABSENT)
    except NeuroscopeError as error:
        log.warning("training %s was not logged: %s", run_id, error.problem)
        training.add_caution(store, run_id, REFUSED.format(error.problem))
    else:
        named = {**asdict(tracked), "uri": "" if not settings.mlflow else tracked.uri}
        training.note_tracking(store, run_id, named)


def _logged(store: Store, run: training.TrainingRun) -> LoggedRun:
    outcome = run.outcome or {}
    certificate = None if run.model_id is None else read_model(store, run.model_id).certificate
    tags = {
        "neuroscope.version": version_of("neuroscope"),
        "annotation_head": run.annotation_head or "",
        "parent": str(run.config.get("parent", "")),
        "model_id": run.model_id or "",
        "verdict": run.verdict or "",
        "status": str(outcome.get("status", "")),
        "manifest_sha256": str(outcome.get("manifest_sha256", "")),
        "weights_sha256": str(outcome.get("weights_sha256", "")),
    }
    documents: dict[str, Mapping[str, Any]] = {"data_manifest.json": run.manifest or {}}
    if certificate is not None:
        documents["certificate.json"] = certificate
    return LoggedRun(
        id=run.id,
        name=run.name,
        tags=tags,
        params={**run.config, "threads": outcome.get("threads")},
        points=[(int(point["step"]), _numbers(point)) for point in run.points],
        documents=documents,
    )


def _numbers(point: training.Point) -> dict[str, float | None]:
    """Flatten a point: `cross_entropy.glioma` and so on."""
    numbers: dict[str, float | None] = {}
    for name, value in point.items():
        if isinstance(value, Mapping):
            numbers |= {f"{name}.{label}": number for label, number in value.items()}
        elif name != "step":
            numbers[name] = None if value is None else float(value)
    return numbers
