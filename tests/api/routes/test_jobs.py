from fastapi.testclient import TestClient


def test_an_analysis_is_queued_once_while_it_waits(client: TestClient, pictures: str) -> None:
    first = client.post(f"/api/studies/{pictures}/analyses")
    second = client.post(f"/api/studies/{pictures}/analyses")
    assert first.status_code == 202
    assert first.json()["id"] == second.json()["id"]
    assert client.get(f"/api/studies/{pictures}").json()["status"] == "queued"


def test_a_job_is_canceled_and_tried_again(client: TestClient, pictures: str) -> None:
    job_id = client.post(f"/api/studies/{pictures}/analyses").json()["id"]
    assert client.post(f"/api/jobs/{job_id}/retry").status_code == 409
    assert client.post(f"/api/jobs/{job_id}/cancel").json()["state"] == "canceled"
    assert client.post(f"/api/jobs/{job_id}/cancel").status_code == 409
    assert client.get(f"/api/studies/{pictures}").json()["status"] == "canceled"
    assert client.post(f"/api/jobs/{job_id}/retry").json()["state"] == "queued"
    assert client.get(f"/api/jobs/{job_id}").json()["state"] == "queued"


def test_a_study_that_is_not_there_cannot_be_analyzed(client: TestClient) -> None:
    assert client.post("/api/studies/none/analyses").status_code == 404
    assert client.get("/api/jobs").json() == {"jobs": []}
