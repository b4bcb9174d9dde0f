import sys
from dataclasses import replace
from pathlib import Path

import pytest

from neuroscope.jobs import training_log
from neuroscope.jobs.training_log import ABSENT, log_training
from neuroscope.learn.tracking import LoggedRun, Tracked
from neuroscope.settings import Settings
from neuroscope.store import jobs, training
from neuroscope.store.database import Store

ON_SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
pytestmark = ON_SQLITE


@pytest.fixture
def ended(store: Store) -> str:
    with store.transaction() as session:
        job = jobs.add_job(session, "train", actor="ann")
        training.add_run(session, job, name="first", config={"epsilon": 0.05, "parent": "p"})
    point = {"step": 10, "loss": 0.4, "cross_entropy": {"glioma": 0.2}, "feasible": True}
    training.add_point(store, job.id, 10, point)
    outcome = {"status": "feasible", "weights_sha256": "w", "manifest_sha256": "m", "threads": 1}
    training.end_run(store, job.id, outcome=outcome, model_id=None, verdict=None, actor="ann")
    return job.id


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[LoggedRun, str, Path | None]]:
    """What would have been logged, and where."""
    calls: list[tuple[LoggedRun, str, Path | None]] = []

    def log(run: LoggedRun, uri: str, *, artifacts: Path | None = None) -> Tracked:
        calls.append((run, uri, artifacts))
        return Tracked("http://host", "neuroscope", "abc")

    monkeypatch.setattr(training_log, "log_run", log)
    return calls


def test_by_default_a_training_is_logged_beside_the_store(
    store: Store, settings: Settings, ended: str, logged: list[tuple[LoggedRun, str, Path | None]]
) -> None:
    log_training(store, settings, ended)
    log_training(store, settings, ended)
    ((run, uri, artifacts),) = logged
    assert uri == f"sqlite:///{settings.home / 'mlflow.db'}"
    assert artifacts == settings.home / "mlflow"
    assert run.points == [(10, {"loss": 0.4, "cross_entropy.glioma": 0.2, "feasible": 1.0})]
    assert run.tags["weights_sha256"] == "w"
    tracking = training.read_run(store, ended).tracking
    assert tracking is not None
    assert tracking["run_id"] == "abc"
    assert str(settings.home) not in str(dict(tracking))


def test_another_place_gets_no_folder_of_ours_and_off_gets_nothing(
    store: Store, settings: Settings, ended: str, logged: list[tuple[LoggedRun, str, Path | None]]
) -> None:
    log_training(store, replace(settings, mlflow="off"), ended)
    assert logged == []
    log_training(store, replace(settings, mlflow="http://me:secret@host"), ended)
    ((_, uri, artifacts),) = logged
    assert (uri, artifacts) == ("http://me:secret@host", None)


def test_without_mlflow_a_doubt_is_noted(
    store: Store, settings: Settings, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "mlflow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    log_training(store, settings, ended)
    run = training.read_run(store, ended)
    assert run.cautions == (ABSENT,)
    assert run.tracking is None
