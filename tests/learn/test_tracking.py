import json
from pathlib import Path

import pytest

from neuroscope.errors import StorageError
from neuroscope.learn.tracking import LoggedRun, default_uri, log_run, without_password

LOGGED = LoggedRun(
    id="run-1",
    name="First readings",
    tags={"annotation_head": "d" * 64, "neuroscope.version": "0.1.0"},
    params={"epsilon": 0.05, "seed": 0},
    points=[(0, {"loss": 0.8, "cross_entropy.glioma": 0.2}), (10, {"loss": 0.4, "energy": None})],
    documents={"data_manifest.json": {"annotated": {"slices": 3}}},
)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_training_is_logged_once_with_all_that_it_came_from(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    uri = default_uri(tmp_path)
    first = log_run(LOGGED, uri, artifacts=tmp_path / "mlflow")
    assert log_run(LOGGED, uri, artifacts=tmp_path / "mlflow") == first

    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    run = client.get_run(first.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params == {"epsilon": "0.05", "seed": "0"}
    assert run.data.tags["annotation_head"] == "d" * 64
    assert run.data.metrics["loss"] == 0.4
    assert [m.step for m in client.get_metric_history(first.run_id, "loss")] == [0, 10]
    assert "energy" not in run.data.metrics
    (document,) = (tmp_path / "mlflow").rglob("data_manifest.json")
    assert json.loads(document.read_text()) == {"annotated": {"slices": 3}}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_place_that_refuses_is_named(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="MLflow"):
        log_run(LOGGED, f"sqlite:///{tmp_path / 'file' / 'mlflow.db'}")


def test_nobody_learns_a_password() -> None:
    assert without_password("http://127.0.0.1:5000") == "http://127.0.0.1:5000"
    assert "secret" not in without_password("postgresql://me:secret@host/db")
