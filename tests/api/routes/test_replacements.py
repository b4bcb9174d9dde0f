from collections.abc import Callable

import numpy as np
import pytest
from fastapi.testclient import TestClient

from neuroscope.jobs import explanation_request
from neuroscope.records.replaced import Replaced
from neuroscope.store import jobs
from neuroscope.store.database import Store
from neuroscope.store.replacements import asked_to_replace, save_replacement

PICTURES = np.arange(4 * 4 * 4, dtype=np.float32).reshape(4, 4, 4)
BODY = {"region": "tumor", "target": "glioma"}


@pytest.fixture
def analysis(store: Store, pictures: str, analyzed_as: Callable[..., str]) -> str:
    return analyzed_as(store, pictures, "5e71e5", 2)


@pytest.fixture
def url(pictures: str, analysis: str) -> str:
    return f"/api/studies/{pictures}/analyses/{analysis}/series/5e71e5/slices/1/replacements"


def test_a_replacement_is_asked_for_watched_and_fetched(
    client: TestClient, store: Store, analysis: str, url: str
) -> None:
    assert client.get(f"{url}?target=glioma").json()["replacements"] == []
    asked = client.post(url, json=BODY)
    assert asked.status_code == 202, asked.json()
    job = asked.json()["job"]
    assert (asked.json()["is_ready"], asked.json()["drop"], job["kind"]) == (False, None, "explain")
    assert client.post(url, json=BODY).json()["job"]["id"] == job["id"]
    pictures = f"{url}/tumor/pictures?target=glioma"
    assert client.get(pictures).status_code == 404
    save_replacement(
        store,
        asked_to_replace(analysis, "5e71e5", 1, "glioma", "tumor"),
        PICTURES,
        Replaced(3.0, 0.5, (0.5, 0.0)),
        outlined_by="reader",
        seconds=0.5,
    )
    jobs.finish_job(store, job["id"], message="done")
    (found,) = client.get(f"{url}?target=glioma").json()["replacements"]
    assert (found["before"], found["after"], found["drop"]) == (3.0, 0.5, 2.5)
    assert (found["effect"], found["sham_drops"], found["has_sham"]) == (2.25, [0.5, 0.0], True)
    assert (found["outlined_by"], found["is_ready"]) == ("reader", True)
    assert client.get(f"{url}?target=pituitary").json()["replacements"] == []
    sent = client.get(pictures)
    assert sent.headers["X-Shape"] == "4,4,4"
    assert sent.content == PICTURES.tobytes()
    again = client.post(url, json=BODY).json()["job"]["id"]
    assert again != job["id"]  # the outline may have changed
    maps = url.replace("/replacements", "/explanations")
    assert client.get(maps).json()["explanations"] == []  # it is no map


def test_what_is_not_there_is_refused(client: TestClient, url: str, volume: str) -> None:
    assert client.post(url.replace("slices/1", "slices/8"), json=BODY).status_code == 404
    other = "/".join([*url.split("/")[:3], volume, *url.split("/")[4:]])
    assert client.post(other, json=BODY).status_code == 404
    assert client.post(url, json=BODY | {"region": "skull"}).status_code == 422
    assert client.get(f"{url}/map/pictures?target=glioma").status_code == 404


def test_a_blind_reader_sees_no_outline_of_others(
    client: TestClient, url: str, pictures: str
) -> None:
    client.post(f"/api/studies/{pictures}/series/5e71e5/assignments", json={"reader": "bob"})
    bob = {"x-reader": "bob"}
    assert client.post(url, json=BODY, headers=bob).status_code == 409
    assert client.get(f"{url}?target=glioma", headers=bob).status_code == 409
    assert client.post(url, json=BODY, headers={"x-reader": "ann"}).status_code == 202


def test_a_package_that_is_missing_is_named(
    client: TestClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanation_request, "find_spec", lambda _: None)
    refused = client.post(url, json=BODY)
    assert refused.status_code == 409
    assert "torch" in refused.json()["detail"]
