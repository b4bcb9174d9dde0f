from collections.abc import Callable

import numpy as np
import pytest
from fastapi.testclient import TestClient

from neuroscope.jobs import explanation_request
from neuroscope.records.explanationmethod import METHODS
from neuroscope.store import jobs
from neuroscope.store.database import Store
from neuroscope.store.explanations import Asked, save_explanation

AnalyzedAs = Callable[..., str]
MAPS = np.arange(3 * 4 * 4, dtype=np.float32).reshape(3, 4, 4)


@pytest.fixture
def analysis(store: Store, pictures: str, analyzed_as: AnalyzedAs) -> str:
    return analyzed_as(store, pictures, "5e71e5", 2)


@pytest.fixture
def url(pictures: str, analysis: str) -> str:
    return f"/api/studies/{pictures}/analyses/{analysis}/series/5e71e5/slices/1/explanations"


def test_methods_are_listed_with_what_they_need(client: TestClient) -> None:
    found = client.get("/api/explanation-methods").json()["methods"]
    assert [one["name"] for one in found] == [method.name for method in METHODS]
    assert {one["tier"] for one in found} == {"instant", "seconds", "background"}
    assert [one["missing"] for one in found] == [None] * len(found)


def test_a_map_is_asked_for_watched_and_fetched(
    client: TestClient, store: Store, analysis: str, url: str
) -> None:
    body = {"method": "gradcam++", "target": "glioma"}
    asked = client.post(url, json=body)
    assert asked.status_code == 202, asked.json()
    answer = asked.json()
    assert (answer["is_ready"], answer["job"]["kind"]) == (False, "explain")
    assert client.post(url, json=body).json()["job"]["id"] == answer["job"]["id"]
    maps = f"{url}/gradcam%2B%2B/maps?target=glioma"
    assert client.get(maps).status_code == 404
    save_explanation(
        store,
        Asked(analysis, "5e71e5", 1, "glioma", "gradcam++"),
        MAPS,
        seconds=0.5,
        agreement=0.1,
        notes={"masks": 3.0, "word": "x"},
        cautions=("Low.",),
    )
    jobs.finish_job(store, answer["job"]["id"], message="done")
    (found,) = client.get(url).json()["explanations"]
    assert (found["is_ready"], found["agreement"], found["cautions"]) == (True, 0.1, ["Low."])
    assert (found["notes"], found["job"]["state"]) == ({"masks": 3.0, "word": "x"}, "done")
    sent = client.get(maps)
    assert sent.headers["X-Shape"] == "3,4,4"
    assert sent.content == MAPS.tobytes()


def test_what_is_not_there_is_refused(client: TestClient, url: str, volume: str) -> None:
    body = {"method": "rise", "target": "glioma"}
    assert client.post(url.replace("slices/1", "slices/8"), json=body).status_code == 404
    other = "/".join([*url.split("/")[:3], volume, *url.split("/")[4:]])
    assert client.post(other, json=body).status_code == 404
    assert client.get(other).status_code == 404
    assert client.post(url, json=body | {"method": "magic"}).status_code == 422
    assert client.get(f"{url}/rise/maps?target=glioma").status_code == 404


def test_a_package_that_is_missing_is_named(
    client: TestClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        explanation_request, "find_spec", lambda name: None if name == "captum" else object()
    )
    missing = {
        m["name"]: m["missing"] for m in client.get("/api/explanation-methods").json()["methods"]
    }
    assert (missing["gradcam"], missing["occlusion"]) == (None, "captum")
    refused = client.post(url, json={"method": "occlusion", "target": "glioma"})
    assert refused.status_code == 409
    assert "captum" in refused.json()["detail"]


def test_one_series_has_the_whole_decision(client: TestClient, url: str, analysis: str) -> None:
    base = url.split("/series/")[0]
    found = client.get(f"{base}/sequences?target=glioma").json()
    assert found["speaks"] == "5e71e5"
    assert found["shares"] == [
        {"series_id": "5e71e5", "share": found["total"], "alone": found["total"]}
    ]
    assert found["total"] > 0
