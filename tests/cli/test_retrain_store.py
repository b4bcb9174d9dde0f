import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from neuroscope.cli.main import app
from neuroscope.errors import BadInputError
from neuroscope.records.imported import ImportedStudy
from neuroscope.settings import Settings
from neuroscope.store import jobs, training
from neuroscope.store.annotations import create
from neuroscope.store.database import Store, open_store
from neuroscope.store.labeled_slices import is_locked
from neuroscope.store.reader_labels import set_label
from neuroscope.store.studies import read_study, save_study


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("NEUROSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NEUROSCOPE_DATABASE_URL", raising=False)
    store = open_store(Settings(home=tmp_path / "home"))
    yield store
    store.close()


def readable(store: Store, picture_study: Callable[..., ImportedStudy]) -> str:
    """Store a patient who may be trained on, with a mark and an answer."""
    import numpy as np

    from neuroscope.records.annotation import Annotation

    for seed in range(50, 90):
        study_id = save_study(store, picture_study(1, seed=seed)).study_id
        if not is_locked(read_study(store, study_id).row.pseudonym):
            break
    set_label(store, study_id, "5e71e5", slice_index=None, label="glioma", reader="ann")
    points = np.array([[30.0, 32.0, 0.0]])
    drawn = Annotation("a", "5e71e5", "evidence", "stroke", points, "ann", 1, 6.0, slice_index=0)
    create(store, study_id, drawn)
    return study_id


def test_an_empty_store_says_what_is_missing(home: Store) -> None:
    found = CliRunner().invoke(app, ["retrain", "--from-store"])
    assert isinstance(found.exception, BadInputError)
    assert "nothing to learn from" in str(found.exception)
    assert training.list_runs(home) == ()


def test_a_training_runs_here_and_its_result_is_printed(
    home: Store,
    picture_study: Callable[..., ImportedStudy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readable(home, picture_study)

    def trained(store: Store, settings: Settings, run_id: str, **_: Any) -> None:
        assert settings.threads == 1
        assert jobs.read_job(store, run_id).state == "running"  # no worker takes it
        outcome = {"status": "feasible", "step": 4}
        training.end_run(
            store, run_id, outcome=outcome, model_id=None, verdict="insufficient", actor="ann"
        )
        jobs.finish_job(store, run_id, message="Done")

    monkeypatch.setattr("neuroscope.jobs.training.train", trained)
    command = ["retrain", "--from-store", "--json", "--threads", "1", "--steps", "4"]
    found = CliRunner().invoke(app, [*command, "--epsilon", "0.1"])
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert (told["verdict"], told["outcome"]["step"]) == ("insufficient", 4)
    (run,) = training.list_runs(home)
    assert (run.config["steps"], run.config["epsilon"]) == (4, 0.1)


def test_a_training_that_failed_says_why(
    home: Store,
    picture_study: Callable[..., ImportedStudy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    readable(home, picture_study)

    def failed(store: Store, settings: Settings, run_id: str, **_: Any) -> None:
        problem = jobs.JobProblem("The training stopped", "The disk is full.", "Free some space.")
        jobs.fail_job(store, run_id, problem)

    monkeypatch.setattr("neuroscope.jobs.training.train", failed)
    found = CliRunner().invoke(app, ["retrain", "--from-store"])
    assert isinstance(found.exception, BadInputError)
    assert found.exception.problem == "The disk is full."
