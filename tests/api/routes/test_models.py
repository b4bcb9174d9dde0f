import hashlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from neuroscope.models.inference import load_engine
from neuroscope.records.prediction import ModelRef
from neuroscope.store import results
from neuroscope.store.database import Store
from neuroscope.store.models import RegisteredModel, Verdict, active_model
from neuroscope.store.registration import NewModel, register


@pytest.fixture
def shipped(client: TestClient, store: Store) -> RegisteredModel:
    active = active_model(store, "evidence")
    assert active is not None
    return active


def trained(store: Store, folder: Path, parent: str, verdict: Verdict | None) -> str:
    content = (verdict or "none").encode()
    (folder / "evidence.safetensors").write_bytes(content)
    new = NewModel(
        model=ModelRef("evidence", "2", hashlib.sha256(content).hexdigest()),
        parent=parent,
        config={},
        seed=0,
        data_manifest_sha256="c" * 64,
        annotation_head="d" * 64,
        certificate=None if verdict is None else {"verdict": verdict},
        verdict=verdict,
    )
    return register(store, new, folder, actor="ann").id


def test_the_shipped_models_are_listed_and_active(
    client: TestClient, shipped: RegisteredModel
) -> None:
    (only,) = client.get("/api/models/versions?name=evidence").json()["versions"]
    assert (only["id"], only["status"], only["is_shipped"]) == (shipped.id, "active", True)
    assert client.get(f"/api/models/versions/{shipped.id}").json() == only
    assert client.get("/api/models/versions/other").status_code == 404
    assert client.get("/api/models/stale").json() == {"results": []}


def test_a_certified_candidate_is_queued_for_promotion(
    client: TestClient, store: Store, shipped: RegisteredModel, tmp_path: Path
) -> None:
    model_id = trained(store, tmp_path, shipped.id, "promote")
    answer = client.post(f"/api/models/versions/{model_id}/promote", headers={"x-reader": "ann"})
    assert answer.status_code == 202
    job = answer.json()
    assert (job["kind"], job["state"], job["model_id"]) == ("promote", "queued", model_id)
    assert client.get(f"/api/models/versions/{model_id}").json()["status"] == "candidate"


@pytest.mark.parametrize("verdict", ["insufficient", "refuse", None])
def test_what_is_not_certified_is_not_promoted(
    client: TestClient,
    store: Store,
    shipped: RegisteredModel,
    tmp_path: Path,
    verdict: Verdict | None,
) -> None:
    model_id = trained(store, tmp_path, shipped.id, verdict)
    answer = client.post(f"/api/models/versions/{model_id}/promote")
    assert answer.status_code == 409
    assert client.get("/api/jobs").json() == {"jobs": []}
    assert client.post("/api/models/versions/other/promote").status_code == 404


def test_there_is_no_way_back_from_what_displaced_nothing(
    client: TestClient, store: Store, shipped: RegisteredModel, tmp_path: Path
) -> None:
    candidate = trained(store, tmp_path, shipped.id, "promote")
    for model_id, status in ((shipped.id, 409), (candidate, 409), ("other", 404)):
        answer = client.post(f"/api/models/versions/{model_id}/rollback")
        assert answer.status_code == status


def test_a_candidate_is_put_aside(
    client: TestClient, store: Store, shipped: RegisteredModel, tmp_path: Path
) -> None:
    model_id = trained(store, tmp_path, shipped.id, "promote")
    address = f"/api/models/versions/{model_id}/reject"
    assert client.post(address).json()["status"] == "rejected"
    assert client.post(address).status_code == 409


def test_what_an_older_version_found_is_stale(
    client: TestClient, store: Store, shipped: RegisteredModel, pictures: str, known_weights: Path
) -> None:
    spec = load_engine(weights=known_weights, threads=1).spec
    results.start_analysis(store, "old", pictures, ModelRef("evidence", "0", "e" * 64), spec)
    results.finish_analysis(store, "old")
    assert client.get(f"/api/studies/{pictures}/analyses/latest").json()["is_stale"] is True
    (stale,) = client.get("/api/models/stale").json()["results"]
    assert (stale["study_id"], stale["analysis_id"]) == (pictures, "old")
    results.start_analysis(store, "new", pictures, shipped.model, spec)
    results.finish_analysis(store, "new")
    assert client.get(f"/api/studies/{pictures}/analyses/new").json()["is_stale"] is False
    assert client.get("/api/models/stale").json() == {"results": []}


def test_coverage_of_a_new_store_is_not_judged_yet(client: TestClient) -> None:
    answer = client.get("/api/models/coverage").json()
    assert [one["level"] for one in answer["levels"]] == ["80", "90", "95"]
    assert {one["verdict"] for one in answer["levels"]} == {"insufficient"}
    assert (answer["disputed"], answer["without_sets"]) == (0, 0)
