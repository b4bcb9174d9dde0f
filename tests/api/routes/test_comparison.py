from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from neuroscope.records.prediction import ModelRef
from neuroscope.store.database import Store
from neuroscope.store.models import active_model

OTHER = ModelRef("evidence", "2", "c" * 64)
AnalyzedAs = Callable[..., str]


def test_two_versions_are_laid_side_by_side(
    client: TestClient, store: Store, pictures: str, analyzed_as: AnalyzedAs
) -> None:
    first = analyzed_as(store, pictures, "5e71e5", 3)
    second = analyzed_as(store, pictures, "5e71e5", 3, model=OTHER, is_trial=True, moved=2)
    answer = client.get(f"/api/studies/{pictures}/comparison?first={first}&second={second}")
    assert answer.status_code == 200, answer.json()
    found = answer.json()
    assert (found["first"]["id"], found["second"]["id"]) == (first, second)
    assert found["second"]["model"]["version"] == "2"
    assert (found["second"]["is_trial"], found["changed"]) == (True, 0)
    (series,) = found["series"]
    assert [cut["index"] for cut in series["slices"]] == [0, 1, 2]
    assert series["slices"][0]["evidence_cosine"] == pytest.approx(0.5)
    assert series["slices"][0]["first"]["label"] == "glioma"
    listed = client.get(f"/api/studies/{pictures}/analyses").json()["analyses"]
    assert listed == [found["second"], found["first"]]


def test_a_study_says_whether_its_newest_analysis_is_stale(
    client: TestClient, store: Store, pictures: str, analyzed_as: AnalyzedAs
) -> None:
    assert client.get(f"/api/studies/{pictures}").json()["is_stale"] is False
    old = analyzed_as(store, pictures, "5e71e5", 3, model=OTHER)
    study = client.get(f"/api/studies/{pictures}").json()
    assert (study["analysis_id"], study["is_stale"]) == (old, True)
    analyzed_as(store, pictures, "5e71e5", 3)
    assert client.get(f"/api/studies/{pictures}").json()["is_stale"] is False


def test_a_named_version_is_tried_beside_the_active_one(
    client: TestClient, store: Store, pictures: str
) -> None:
    active = active_model(store, "evidence")
    assert active is not None
    url = f"/api/studies/{pictures}/analyses"
    trial = client.post(f"{url}?model_id={active.id}")
    assert (trial.status_code, trial.json()["model_id"]) == (202, active.id)
    assert client.post(f"{url}?model_id={active.id}").json()["id"] == trial.json()["id"]
    plain = client.post(url).json()
    assert plain["id"] != trial.json()["id"]
    study = client.get(f"/api/studies/{pictures}").json()
    assert (study["job"]["id"], study["status"]) == (plain["id"], "queued")
    assert client.post(f"{url}?model_id=none").status_code == 404


def test_a_trial_alone_leaves_the_state_of_its_study(
    client: TestClient, store: Store, pictures: str
) -> None:
    active = active_model(store, "evidence")
    assert active is not None
    client.post(f"/api/studies/{pictures}/analyses?model_id={active.id}")
    study = client.get(f"/api/studies/{pictures}").json()
    assert (study["job"], study["status"]) == (None, "new")


def test_studies_are_not_classified_by_other_models(
    client: TestClient, store: Store, pictures: str
) -> None:
    other = active_model(store, "segmenter")
    assert other is not None
    answer = client.post(f"/api/studies/{pictures}/analyses?model_id={other.id}")
    assert (answer.status_code, "segmenter" in answer.json()["detail"]) == (409, True)


def test_all_stale_studies_are_queued_and_no_other(
    client: TestClient, store: Store, pictures: str, volume: str, analyzed_as: AnalyzedAs
) -> None:
    analyzed_as(store, pictures, "5e71e5", 3, model=OTHER)
    analyzed_as(store, volume, "70fa", 12, axis=2)
    answer = client.post("/api/models/stale/recompute")
    assert answer.status_code == 202
    (job,) = answer.json()["jobs"]
    assert (job["study_id"], job["kind"], job["model_id"]) == (pictures, "analyze", None)
    (again,) = client.post("/api/models/stale/recompute").json()["jobs"]
    assert again["id"] == job["id"]


def test_a_study_that_is_deleted_takes_its_trial_along(
    client: TestClient, store: Store, pictures: str
) -> None:
    active = active_model(store, "evidence")
    assert active is not None
    trial = client.post(f"/api/studies/{pictures}/analyses?model_id={active.id}").json()
    assert client.delete(f"/api/studies/{pictures}").status_code == 204
    assert client.get(f"/api/jobs/{trial['id']}").json()["state"] == "canceled"
