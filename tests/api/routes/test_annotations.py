import base64
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from neuroscope.models.inference import load_engine
from neuroscope.records.prediction import ModelRef
from neuroscope.store import results
from neuroscope.store.annotation_reads import read_annotation
from neuroscope.store.database import Store

TRIANGLE = [[10.0, 12.0, 24.0], [30.0, 12.0, 24.0], [12.0, 40.0, 24.0]]
ANN, BOB = {"x-reader": "ann"}, {"x-reader": "bob"}


def contour(*, by_mm: float = 0.0, **more: object) -> dict[str, Any]:
    points = [[r + by_mm, a, s] for r, a, s in TRIANGLE]
    return {"kind": "evidence", "shape": "contour", "points_mm": points, **more}


@pytest.fixture
def place(volume: str) -> str:
    return f"/api/studies/{volume}/series/70fa/annotations"


def test_an_annotation_is_stored_edited_and_deleted(client: TestClient, place: str) -> None:
    made = client.post(place, json=contour(id="a-1", reason="Ring."), headers=ANN)
    assert made.status_code == 201
    first = made.json()
    assert (first["id"], first["version"], first["author"]) == ("a-1", 1, "ann")
    assert (first["points_mm"], first["conflicts"]) == (TRIANGLE, [])

    edited = client.put(f"{place}/a-1", json=contour(by_mm=2.0, parent=1), headers=BOB).json()
    assert (edited["version"], edited["author"], edited["owner"]) == (2, "bob", "ann")
    assert client.get(place).json()["annotations"] == [edited]

    gone = client.delete(f"{place}/a-1?parent=2", headers=ANN)
    assert (gone.status_code, gone.json()["deleted"], gone.json()["version"]) == (200, True, 3)
    assert client.get(place).json()["annotations"] == []
    assert len(client.get(f"{place}?with_deleted=true").json()["annotations"]) == 1
    assert client.get(f"{place}/a-1").json()["deleted"] is True
    versions = client.get(f"{place}/a-1/versions").json()["versions"]
    assert [(v["version"], v["parent"], v["author"]) for v in versions] == [
        (1, None, "ann"),
        (2, 1, "bob"),
        (3, 2, "ann"),
    ]


def test_of_two_browsers_the_second_is_told_with_both_versions(
    client: TestClient, place: str
) -> None:
    client.post(place, json=contour(id="a-1"), headers=ANN)
    client.put(f"{place}/a-1", json=contour(by_mm=1.0, parent=1), headers=ANN)
    told = client.put(f"{place}/a-1", json=contour(by_mm=2.0, parent=1), headers=BOB)
    assert told.status_code == 409
    assert told.headers["content-type"] == "application/problem+json"
    problem = told.json()
    assert (problem["current"]["version"], problem["current"]["author"]) == (2, "ann")
    assert (problem["yours"]["version"], problem["yours"]["author"]) == (3, "bob")
    assert problem["yours"]["points_mm"][0] == [12.0, 12.0, 24.0]
    assert problem["yours"]["is_conflict"] is True

    (seen,) = client.get(place, headers=ANN).json()["annotations"]
    assert (seen["version"], seen["conflicts"]) == (2, [3])
    body = contour(by_mm=2.0, parent=2, resolves=[3])
    assert client.put(f"{place}/a-1", json=body, headers=BOB).json()["conflicts"] == []


def test_what_is_sent_again_is_stored_once(client: TestClient, place: str) -> None:
    first, again = (client.post(place, json=contour(id="a-1")).json() for _ in range(2))
    assert first == again
    other = client.post(place, json=contour(id="a-1", by_mm=1.0))
    assert (other.status_code, "current" in other.json()) == (409, False)
    assert client.post(place, json=contour()).json()["id"] != "a-1"


def test_a_mask_travels_bit_by_bit(client: TestClient, place: str, store: Store) -> None:
    box = np.zeros((3, 4, 2), bool)
    box[0, 1, 0] = box[2, 3, 1] = True
    affine = np.diag([1.0, 1.0, 4.0, 1.0])
    affine[:3, 3] = [20, 25, 20]
    bits = base64.b64encode(np.packbits(box.ravel(order="F"), bitorder="little").tobytes())
    mask = {"shape": [3, 4, 2], "affine": affine.tolist(), "bits": bits.decode()}
    body = {"id": "m-1", "kind": "tumor", "shape": "mask", "mask": mask}
    made = client.post(place, json=body)
    assert made.status_code == 201, made.json()
    assert made.json()["mask"] == mask
    study = place.split("/")[3]
    kept = read_annotation(store, study, "70fa", "m-1", reader="x").current.annotation
    np.testing.assert_array_equal(kept.mask, box)

    for wrong in ({"bits": "AAAA" * 2}, {"bits": "A"}, {"shape": [3, 4, 9]}):
        answer = client.post(place, json={**body, "id": "m-2", "mask": {**mask, **wrong}})
        assert answer.status_code == 400, wrong


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"points_mm": []}, 400),
        ({"points_mm": [[0, 0, 8], [9, 9, 8], [9, 0, 8], [0, 9, 8]]}, 400),  # crosses itself
        ({"points_mm": [[r + 900, a, s] for r, a, s in TRIANGLE]}, 400),  # beside the image
        ({"points_mm": [[1e9, 0, 0]] * 3}, 422),
        ({"points_mm": [[n, n, 8] for n in range(5001)]}, 422),
        ({"holes_mm": [[[n, n, 8] for n in range(4999)]]}, 413),
        ({"shape": "stroke"}, 400),
        ({"slice_index": 2}, 400),
        ({"kind": "other"}, 422),
        ({"reason": "a\x00b"}, 422),
        ({"id": "no name"}, 422),
        ({"analysis_id": "none"}, 404),
    ],
)
def test_what_draws_nothing_is_refused_with_a_fix(
    client: TestClient, place: str, change: dict[str, object], status: int
) -> None:
    answer = client.post(place, json={**contour(), **change})
    assert answer.status_code == status
    assert answer.json()["fix"]
    assert client.get(place).json()["annotations"] == []


def test_what_is_not_there_is_a_404(client: TestClient, place: str, pictures: str) -> None:
    client.post(place, json=contour(id="a-1"))
    for path in (f"{place}/other", place.replace("70fa", "other"),
                 f"/api/studies/{pictures}/series/5e71e5/annotations/a-1/versions"):  # fmt: skip
        assert client.get(path).status_code == 404
    assert client.put(f"{place}/other", json=contour(parent=1)).status_code == 404
    assert client.delete(f"{place}/other?parent=1").status_code == 404
    assert client.put(f"{place}/a-1", json=contour(parent=5)).status_code == 400
    assert client.delete(f"{place}/a-1").status_code == 422


def test_an_annotation_names_the_model_whose_answer_was_seen(
    client: TestClient, place: str, store: Store, known_weights: Any
) -> None:
    study = place.split("/")[3]
    engine = load_engine(weights=known_weights, threads=1)
    old = ModelRef("evidence", "0", "e" * 64)
    results.start_analysis(store, "an-1", study, old, engine.spec)
    made = client.post(place, json=contour(analysis_id="an-1")).json()
    assert made["model"] == {"name": "evidence", "version": "0", "sha256": "e" * 64}
    assert made["is_stale"] is True  # the shipped one is active


def test_the_name_of_the_reader_comes_from_header_or_settings(
    client: TestClient, place: str
) -> None:
    for header, author in (
        ({"x-reader": "Dr.%20M%C3%BCller"}, "Dr. Müller"),
        ({"x-reader": "M%75%CC%88ller%00%0A"}, "Müller"),
        ({"x-reader": "%20"}, "reader"),
        ({}, "reader"),
    ):
        assert client.post(place, json=contour(), headers=header).json()["author"] == author
    assert client.post(place, json=contour(), headers={"x-reader": "a b"}).status_code == 422


def test_a_blind_reading_hides_others_until_it_is_submitted(client: TestClient, place: str) -> None:
    assignments = place.replace("annotations", "assignments")
    given = client.post(assignments, json={"reader": "ann"}, headers=BOB)
    assert given.status_code == 201
    assert (given.json()["blind"], given.json()["assigned_by"]) == (True, "bob")
    client.post(place, json=contour(id="of-ann"), headers=ANN)
    client.post(place, json=contour(id="of-bob"), headers=BOB)

    listed = client.get(place, headers=ANN).json()
    assert [one["id"] for one in listed["annotations"]] == ["of-ann"]
    assert listed["reads_blind"] is True
    assert client.get(f"{place}/of-bob", headers=ANN).status_code == 404
    assert client.put(f"{place}/of-ann", json=contour(parent=1), headers=BOB).status_code == 409

    assert len(client.get("/api/assignments?reader=ann&open=true").json()["assignments"]) == 1
    done = client.post(f"{assignments}/submit", headers=ANN).json()
    assert (done["annotations"], done["submitted"] is None) == (1, False)
    assert client.get("/api/assignments?reader=ann&open=true").json() == {"assignments": []}
    listed = client.get(place, headers=ANN).json()
    assert [one["id"] for one in listed["annotations"]] == ["of-ann", "of-bob"]
    assert listed["reads_blind"] is False
    assert client.delete(f"{assignments}?reader=ann").status_code == 409


def test_an_assignment_is_withdrawn(client: TestClient, place: str) -> None:
    assignments = place.replace("annotations", "assignments")
    client.post(assignments, json={"reader": "ann", "blind": False})
    assert len(client.get(assignments).json()["assignments"]) == 1
    assert client.delete(f"{assignments}?reader=ann").status_code == 204
    assert client.get(assignments).json() == {"assignments": []}
    assert client.delete(f"{assignments}?reader=ann").status_code == 404
    assert client.post(f"{assignments}/submit", headers=ANN).status_code == 404
    assert client.post(assignments, json={"reader": "  "}).status_code == 400
    assert client.get(assignments.replace("70fa", "other")).status_code == 404
