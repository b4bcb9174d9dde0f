"""Similar cases over HTTP; what the worker answers is in tests/jobs/test_similar_service.py."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from neuroscope.api.routes import similar
from neuroscope.store import jobs
from neuroscope.store.database import Store

NEIGHBOR = {
    "rank": 1,
    "case_id": "c1",
    "score": 0.9,
    "best_cosine": 0.91,
    "kind": "slice",
    "entry_id": "c1/x/0/slice0",
    "query_entry_id": "q/x/0/slice0",
    "series_id": "x",
    "slice_index": 0,
    "name": "cut",
    "query_name": "cut",
    "facts": {"label": "glioma", "label_source": "reader"},
    "compared": [{"feature": "age", "query": 50.0, "match": 51.0, "is_alike": True}],
    "cautions": [],
    "why": None,
}
ANSWER = {
    "space": {"model": "evidence", "version": "1"},
    "searched_vectors": 12,
    "excluded_vectors": 0,
    "predicted": "glioma",
    "p_predicted": 0.8,
    "vote": {
        "label": "glioma",
        "shares": {"glioma": 1.0},
        "labeled": 1,
        "p_right": None,
        "p_right_interval": None,
        "p_right_cases": 0,
    },
    "is_disputed": False,
    "reordered_by": [],
    "same_source": None,
    "base_same_source": None,
    "neighbors": [NEIGHBOR],
    "cautions": [],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, pictures: str) -> list[dict[str, Any]]:
    """What the worker was asked; it answers that the study itself is the closest case."""
    questions: list[dict[str, Any]] = []

    def answer(home: object, key: object, question: dict[str, Any]) -> dict[str, Any]:
        del home, key
        questions.append(question)
        return ANSWER | {"neighbors": [NEIGHBOR | {"case_id": pictures}, NEIGHBOR]}

    monkeypatch.setattr(similar, "ask_worker", answer)
    return questions


def path(study_id: str, more: str = "") -> str:
    return f"/api/studies/{study_id}/similar{more}"


def test_the_answer_names_which_cases_are_studies_of_the_store(
    client: TestClient, pictures: str, asked: list[dict[str, Any]]
) -> None:
    body = {"series_id": "5e71e5", "slice_index": 0, "filter": "age=40.."}
    found = client.post(path(pictures), json=body).json()
    assert [bool(one["pseudonym"]) for one in found["neighbors"]] == [True, False]
    assert found["model"] == "evidence 1"
    assert asked[0]["what"] == "search"
    assert asked[0]["asked"]["study_id"] == pictures
    assert asked[0]["asked"]["slice_index"] == 0
    assert asked[0]["asked"]["filter"] == "age=40.."


def test_judgments_travel_with_the_next_question_of_the_same_scope_only(
    client: TestClient, pictures: str, asked: list[dict[str, Any]]
) -> None:
    of_slice = {"series_id": "5e71e5", "slice_index": 0}
    said = client.put(
        path(pictures, "/judgments"), json={**of_slice, "case_id": "c1", "is_relevant": True}
    )
    assert said.json() == {"judgments": [{"case_id": "c1", "is_relevant": True}]}
    found = client.post(path(pictures), json=of_slice).json()
    assert found["judgments"] == said.json()["judgments"]
    client.post(path(pictures), json={})
    assert [one["asked"]["relevant"] for one in asked] == [["c1"], []]
    taken = {**of_slice, "case_id": "c1", "is_relevant": None}
    assert client.put(path(pictures, "/judgments"), json=taken).json() == {"judgments": []}


@pytest.mark.parametrize(
    "body",
    [
        {"slice_index": 0},
        {"points_mm": [[0, 0, 0], [1, 0, 0], [1, 1, 0]]},
        {"series_id": "x", "points_mm": [[0, 0, 0]]},
        {"most": 0},
        {"filter": "x" * 501},
    ],
)
def test_a_question_that_cannot_be_meant_is_refused(
    client: TestClient, pictures: str, body: dict[str, Any]
) -> None:
    assert client.post(path(pictures), json=body).status_code == 422


def test_without_a_worker_or_a_study_the_problem_says_so(client: TestClient, pictures: str) -> None:
    refused = client.post(path(pictures), json={})
    assert refused.status_code == 409
    assert "neuroscope serve" in refused.json()["fix"]
    assert client.post(path("nobody"), json={}).status_code == 404
    assert client.get("/api/similar/index").status_code == 409
    assert client.get("/api/cohort/map").status_code == 409


def test_a_region_of_the_moment_cannot_be_judged(client: TestClient, pictures: str) -> None:
    region = {"series_id": "5e71e5", "points_mm": [[0, 0, 0], [9, 0, 0], [9, 9, 0]]}
    body = {**region, "case_id": "c1", "is_relevant": True}
    assert client.put(path(pictures, "/judgments"), json=body).status_code == 400


def test_a_renewal_is_queued_once(client: TestClient, store: Store) -> None:
    first = client.post("/api/similar/index")
    assert first.status_code == 202
    assert first.json()["kind"] == "index"
    assert client.post("/api/similar/index").json()["id"] == first.json()["id"]
    assert len([job for job in jobs.list_jobs(store) if job.kind == "index"]) == 1
