from fastapi.testclient import TestClient


def announce(client: TestClient, *sizes: int) -> str:
    files = [{"name": f"case/{n}.png", "size": size} for n, size in enumerate(sizes)]
    answer = client.post("/api/uploads", json={"files": files})
    assert answer.status_code == 201
    upload_id: str = answer.json()["id"]
    return upload_id


def send(client: TestClient, upload_id: str, offset: int, chunk: bytes) -> tuple[int, int]:
    answer = client.put(f"/api/uploads/{upload_id}/files/0?offset={offset}", content=chunk)
    return answer.status_code, answer.json()["received"]


def test_a_file_arrives_in_chunks(client: TestClient) -> None:
    upload_id = announce(client, 6)
    assert send(client, upload_id, 0, b"abcd") == (200, 4)
    assert client.get(f"/api/uploads/{upload_id}").json()["files"][0]["received"] == 4
    assert send(client, upload_id, 4, b"ef") == (200, 6)


def test_a_wrong_offset_is_answered_with_the_right_one(client: TestClient) -> None:
    upload_id = announce(client, 6)
    send(client, upload_id, 0, b"abcd")
    assert send(client, upload_id, 2, b"cd") == (409, 4)


def test_chunks_that_are_too_large_or_empty_are_refused(client: TestClient) -> None:
    upload_id = announce(client, 10 * 1024 * 1024)
    path = f"/api/uploads/{upload_id}/files/0?offset=0"
    assert client.put(path, content=bytes(8 * 1024 * 1024 + 1)).status_code == 413
    assert client.put(path, content=b"").status_code == 400
    assert send(client, upload_id, 0, bytes(8 * 1024 * 1024)) == (200, 8 * 1024 * 1024)


def test_an_upload_beyond_the_limit_is_refused_before_it_starts(client: TestClient) -> None:
    body = {"files": [{"name": "a.nii", "size": 65 * 1024**2}]}
    assert client.post("/api/uploads", json=body).status_code == 413


def test_completing_queues_one_job_however_often_it_is_asked(client: TestClient) -> None:
    upload_id = announce(client, 1)
    assert client.post(f"/api/uploads/{upload_id}/complete").status_code == 409
    send(client, upload_id, 0, b"x")
    first = client.post(f"/api/uploads/{upload_id}/complete")
    again = client.post(f"/api/uploads/{upload_id}/complete")
    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]
    assert (first.json()["kind"], first.json()["state"]) == ("import", "queued")
    assert len(client.get("/api/jobs").json()["jobs"]) == 1
    assert client.delete(f"/api/uploads/{upload_id}").status_code == 409


def test_an_open_upload_can_be_dropped(client: TestClient) -> None:
    upload_id = announce(client, 1)
    assert client.delete(f"/api/uploads/{upload_id}").status_code == 204
    assert client.get(f"/api/uploads/{upload_id}").status_code == 404
