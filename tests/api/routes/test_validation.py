import csv
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from neuroscope.records.focus import COLUMNS
from neuroscope.records.sliceview import PICTURE_SIDE, SliceView
from neuroscope.store.database import Store
from neuroscope.store.slice_focus import note_passports, save_views

SERIES = "5e71e5"
ANN, BOB = {"x-reader": "ann"}, {"x-reader": "bob"}


@pytest.fixture
def grid(
    client: TestClient, store: Store, pictures: str, analyzed_as: Callable[..., str]
) -> list[int]:
    """Ids of three analyzed slices: sure glioma, unsure glioma, no tumor."""
    analysis_id = analyzed_as(store, pictures, SERIES, 3)
    note_passports(store, analysis_id, SERIES, {0: "failed"})
    ids: list[int] = client.get("/api/validation/slices").json()["ids"]
    return ids


def say(client: TestClient, slice_id: int, verdict: str | None, parent: int, **more: Any) -> Any:
    body = {"verdict": verdict, "parent": parent, "note": more.get("note", "")}
    headers = more.get("headers", ANN)
    return client.put(f"/api/validation/slices/{slice_id}/verdict", json=body, headers=headers)


def test_slices_are_found_counted_and_crossed(
    client: TestClient, grid: list[int], pictures: str
) -> None:
    client.put(
        f"/api/studies/{pictures}/series/{SERIES}/label",
        json={"label": "meningioma", "slice_index": 0},
        headers=ANN,
    )
    found = client.get("/api/validation/slices", headers=ANN).json()
    assert {"truth": "meningioma", "predicted": "glioma", "count": 1} in found["matrix"]
    wrong = client.get(
        "/api/validation/slices?truth=meningioma&predicted=glioma&predicted=notumor", headers=ANN
    ).json()
    assert (wrong["ids"], wrong["total"], wrong["all_slices"]) == (grid[:1], 1, 3)
    assert wrong["facets"]["passport"] == {
        "passed": 0, "failed": 1, "not assessed": 0, "unknown": 0,
    }  # fmt: skip
    by_doubt = client.get("/api/validation/slices?order=unsure&p_to=0.5").json()
    assert by_doubt["ids"] == [grid[1]]
    assert client.get("/api/validation/slices?truth=abscess").status_code == 422
    assert client.get("/api/validation/slices?selection=gone").status_code == 404


def test_rows_say_what_is_known(client: TestClient, grid: list[int], pictures: str) -> None:
    asked = f"/api/validation/slices/rows?ids={grid[2]},{grid[0]},99999"
    last, first = client.get(asked).json()["slices"]
    assert (last["id"], first["study_id"], first["index"]) == (grid[2], pictures, 0)
    assert (first["predicted"], first["p_predicted"], first["passport"]) == (
        "glioma",
        0.9,
        "failed",
    )
    assert (first["focus"], first["position_mm"], first["verdict"]) == (None, None, "none")
    assert client.get("/api/validation/slices/rows?ids=1,,2").status_code == 422


def test_tiles_travel_in_one_body(
    client: TestClient, store: Store, grid: list[int], pictures: str
) -> None:
    one = client.get(f"/api/validation/slices/rows?ids={grid[1]}").json()["slices"][0]
    gray = np.full((PICTURE_SIDE, PICTURE_SIDE), 9, np.uint8)
    save_views(store, one["analysis_id"], SERIES, [SliceView(1, gray)])
    answer = client.get(f"/api/validation/slices/tiles?ids={grid[1]},{grid[0]}")
    line, _, rest = answer.content.partition(b"\n")
    with_picture, without = json.loads(line)
    assert (with_picture["side"], without["side"]) == (PICTURE_SIDE, 0)
    assert len(rest) == PICTURE_SIDE**2 + 2 * 16 * 16
    assert set(rest[: PICTURE_SIDE**2]) == {9}
    evidence = np.frombuffer(rest[PICTURE_SIDE**2 :][:256], np.int8).reshape(16, 16)
    assert evidence[3, 10] == 95
    assert answer.headers["cache-control"] == "private, no-cache"
    whole = client.get(f"/api/validation/slices/tiles?ids={grid[1]}")
    assert "max-age" in whole.headers["cache-control"]


def test_a_verdict_has_versions_and_its_author(client: TestClient, grid: list[int]) -> None:
    said = say(client, grid[0], "plausible", 0, note=" Ring. ").json()
    assert (said["yours"]["version"], said["yours"]["note"]) == (1, "Ring.")
    assert say(client, grid[0], "artefact", 0).status_code == 409
    said = say(client, grid[0], "artefact", 1).json()
    assert [one["verdict"] for one in said["versions"]] == ["plausible", "artefact"]
    mine = client.get("/api/validation/slices?verdict=artefact", headers=ANN).json()
    assert mine["ids"] == grid[:1]
    events = client.get("/api/audit?action=verdict.set", headers=ANN).json()["events"]
    assert [one["parent_version"] for one in events] == [1, None]
    assert client.get("/api/audit/verification").json()["differences"] == []
    assert say(client, 10**6, "partly", 0).status_code == 404
    assert say(client, grid[0], "bad", 2).status_code == 422


def test_verdicts_of_others_are_shown_once_you_have_given_yours(
    client: TestClient, grid: list[int]
) -> None:
    place = f"/api/validation/slices/{grid[0]}/verdicts"
    say(client, grid[0], "plausible", 0)
    before = client.get(place, headers=BOB).json()
    assert (before["yours"], before["versions"], before["others"]) == (None, [], 1)
    hidden = client.get("/api/audit?action=verdict.set", headers=BOB).json()["events"][0]
    assert "plausible" not in hidden["payload"]
    after = say(client, grid[0], "partly", 0, headers=BOB).json()
    assert [one["reader"] for one in after["versions"]] == ["ann", "bob"]


def test_the_table_holds_what_readers_said(client: TestClient, grid: list[int]) -> None:
    say(client, grid[0], "artefact", 0, note="=cmd()")
    say(client, grid[0], "partly", 0, headers=BOB)
    answer = client.get("/api/validation/slices.csv?p_from=0.5", headers=ANN)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert set(COLUMNS) <= set(rows[0])
    assert [(row["verdict"], row["reader"]) for row in rows] == [
        ("artefact", "ann"),
        ("partly", "bob"),
        ("", ""),
    ]
    assert rows[0]["notes"] == "'=cmd()"
    assert (rows[2]["predicted"], rows[2]["p"]) == ("notumor", "0.9000")


def test_views_are_kept_and_forgotten(client: TestClient) -> None:
    kept = client.post(
        "/api/validation/views",
        json={"name": "Unsure", "filter": {"p_to": 0.6, "order": "unsure"}},
        headers=ANN,
    )
    assert kept.status_code == 201
    (view,) = client.get("/api/validation/views").json()["views"]
    assert (view["name"], view["author"], view["filter"]["p_to"]) == ("Unsure", "ann", 0.6)
    again = client.post("/api/validation/views", json={"name": "Unsure", "filter": {}})
    assert again.status_code == 409
    assert client.delete(f"/api/validation/views/{view['id']}").status_code == 204
    assert client.get("/api/validation/views").json()["views"] == []


def test_slices_picked_elsewhere_are_shown(
    client: TestClient, grid: list[int], pictures: str
) -> None:
    one = {"study_id": pictures, "series_id": SERIES, "index": 2}
    kept = client.post("/api/validation/selections", json={"slices": [one, one]}).json()
    assert kept["count"] == 1
    found = client.get(f"/api/validation/slices?selection={kept['token']}").json()
    assert found["ids"] == [grid[2]]
