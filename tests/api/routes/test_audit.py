import sqlite3
from contextlib import closing

from fastapi.testclient import TestClient

from neuroscope.store import audit
from neuroscope.store.database import Store


def assign(client: TestClient, study: str, reader: str) -> None:
    answer = client.post(
        f"/api/studies/{study}/series/70fa/assignments",
        json={"reader": reader},
        headers={"x-reader": "lead"},
    )
    assert answer.status_code == 201


def test_events_are_listed_newest_first_in_pages(client: TestClient, volume: str) -> None:
    before = client.get("/api/audit").json()["total"]  # the shipped models
    for reader in "abc":
        assign(client, volume, reader)
    page = client.get("/api/audit?limit=2").json()
    assert [event["object_id"][-1] for event in page["events"]] == ["c", "b"]
    assert {event["actor"] for event in page["events"]} == {"lead"}
    assert page["total"] == before + 3
    page = client.get(f"/api/audit?limit=2&before={page['next_before']}").json()
    assert page["events"][0]["object_id"] == f"{volume}/70fa/a"
    only = client.get("/api/audit", params={"object_id": f"{volume}/70fa/b"}).json()
    assert (only["total"], only["events"][0]["action"]) == (1, "assignment.create")
    assert only["next_before"] is None


def test_a_whole_trail_says_so(client: TestClient, volume: str, store: Store) -> None:
    assign(client, volume, "a")
    found = client.get("/api/audit/verification").json()
    seq, head = audit.head_of(store)
    assert found == {
        "is_whole": True,
        "events": seq,
        "head": head,
        "broken": None,
        "differences": [],
    }


def test_a_changed_trail_names_the_event(client: TestClient, volume: str, store: Store) -> None:
    assign(client, volume, "a")
    seq, _ = audit.head_of(store)
    with closing(sqlite3.connect(store.home / "neuroscope.db")) as connection, connection:
        connection.execute("UPDATE assignments SET blind = 0")
    found = client.get("/api/audit/verification").json()
    assert found["is_whole"] is True
    assert "differs from the trail in: blind" in found["differences"][0]
    with closing(sqlite3.connect(store.home / "neuroscope.db")) as connection, connection:
        connection.execute("DROP TRIGGER audit_events_no_update")
        connection.execute("UPDATE audit_events SET actor = 'x' WHERE seq = ?", (seq,))
    found = client.get("/api/audit/verification").json()
    assert (found["is_whole"], found["broken"]["seq"], found["events"]) == (False, seq, seq - 1)
    assert found["differences"] == []


def test_what_another_reader_answered_is_withheld(client: TestClient, volume: str) -> None:
    path = f"/api/studies/{volume}/series/70fa/label"
    for reader, label in (("ann", "glioma"), ("bob", "meningioma")):
        answer = client.put(path, json={"label": label}, headers={"x-reader": reader})
        assert answer.status_code == 200, answer.text
    found = client.get("/api/audit?action=label.set", headers={"x-reader": "ann"}).json()
    told = {event["actor"]: event["payload"] for event in found["events"]}
    assert "glioma" in told["ann"]
    assert "meningioma" not in str(found["events"])
    assert "withheld" in told["bob"]
