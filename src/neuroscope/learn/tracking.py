"""Log a training to MLflow: a file of SQLite unless another place is named.

Nothing leaves the machine unless somebody names a place elsewhere: MLflow's own telemetry is
switched off before it is imported.
"""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from neuroscope.errors import StorageError

EXPERIMENT = "neuroscope"
RUN_TAG = "neuroscope.training"
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "15",
    "GIT_PYTHON_REFRESH": "quiet",
}


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """What is logged of a training.

    Attributes
    ----------
    id, name
        Of the training.
    tags
        Hashes and versions by which it can be told again.
    params
        Its settings.
    points
        Step and numbers; those that are no number are left out.
    documents
        Plain values by file name, kept as JSON.
    """

    id: str
    name: str
    tags: Mapping[str, str]
    params: Mapping[str, Any]
    points: Sequence[tuple[int, Mapping[str, float | None]]]
    documents: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Tracked:
    """Where a training was logged; the address without a password."""

    uri: str
    experiment: str
    run_id: str


def default_uri(home: Path) -> str:
    """Name the file of SQLite in the folder of the store."""
    return f"sqlite:///{home / 'mlflow.db'}"


def log_run(logged: LoggedRun, uri: str, *, artifacts: Path | None = None) -> Tracked:
    """Log a training; one that is logged already stays as it is.

    Parameters
    ----------
    uri
        Any tracking URI of MLflow.
    artifacts
        Folder for documents where the address does not bring its own (a database).

    Raises
    ------
    ModuleNotFoundError
        If MLflow is not installed.
    StorageError
        If the place cannot be reached or refuses.
    """
    os.environ.update({name: value for name, value in QUIET.items() if name not in os.environ})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of MLflow about its own use of other libraries
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient

        try:
            return _log(MlflowClient(tracking_uri=uri), logged, uri, artifacts)
        except (MlflowException, OSError) as error:
            raise StorageError(
                f"MLflow refused ({type(error).__name__}).",
                fix="Check NEUROSCOPE_MLFLOW, and that the server or the disk it names answers.",
            ) from error


def without_password(uri: str) -> str:
    """Leave out who signs in.

    Examples
    --------
    >>> without_password("https://me:secret@mlflow.example:5000/x")
    'https://mlflow.example:5000/x'
    """
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _log(client: Any, logged: LoggedRun, uri: str, artifacts: Path | None) -> Tracked:
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        place = None if artifacts is None else artifacts.as_uri()
        experiment_id = client.create_experiment(EXPERIMENT, artifact_location=place)
    else:
        experiment_id = experiment.experiment_id
    known = client.search_runs([experiment_id], f"tags.`{RUN_TAG}` = '{logged.id}'", max_results=1)
    if known and known[0].info.status == "FINISHED":
        return Tracked(without_password(uri), EXPERIMENT, known[0].info.run_id)
    run = client.create_run(
        experiment_id, run_name=logged.name or logged.id, tags={**logged.tags, RUN_TAG: logged.id}
    )
    run_id = run.info.run_id
    for name, value in logged.params.items():
        client.log_param(run_id, name, value)
    for step, numbers in logged.points:
        for name, value in numbers.items():
            if value is not None:
                client.log_metric(run_id, name, value, step=step)
    for name, document in logged.documents.items():
        client.log_dict(run_id, dict(document), name)
    client.set_terminated(run_id)
    return Tracked(without_password(uri), EXPERIMENT, run_id)
