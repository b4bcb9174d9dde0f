"""Readers' own answers, trainings and their live stream over HTTP; what trains is in tests/jobs."""

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from neuroscope.jobs import training_request
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.passport import Passport, judged
from neuroscope.store import jobs, training
from neuroscope.store.assignments import assign
from neuroscope.store.database import Store
from neuroscope.store.labeled_slices import is_locked
from neuroscope.store.studies import read_study, save_study
from neuroscope.store.training_files import Previews, write_previews

SERIES = "5e71e5"
FAILED = Passport("glioma", "evidence", (judged("repeatability", 0.2, 0.6),))
POINT = {
    "step": 10,
    "loss": 0.4,
    "held_out_loss": None,
    "cross_entropy": {"glioma": 0.2},
    "violation": {"glioma": -0.01},
    "held_out_violation": {"glioma": None},
    "multipliers": {"glioma": 0.0},
    "penalty": 1.0,
    "energy": 0.6,
    "held_out_energy": None,
    "held_out_accuracy": 0.9,
    "feasible": True,
}


@pytest.fixture
def two_patients(store: Store, picture_study: Callable[..., ImportedStudy]) -> tuple[str, str]:
    """Ids of a study that may be trained on, and of one that is kept for the certificate."""
    ids: dict[bool, str] = {}
    for seed in range(50, 90):
        study_id = save_study(store, picture_study(2, seed=seed)).study_id
        ids.setdefault(is_locked(read_study(store, study_id).row.pseudonym), study_id)
        if len(ids) == 2:
            break
    return ids[False], ids[True]


def draw(client: TestClient, study_id: str, annotation_id: str, kind: str = "evidence") -> None:
    body = {
        "id": annotation_id,
        "kind": kind,
        "shape": "stroke",
        "points_mm": [[30.0, 32.0, 0.0]],
        "radius_mm": 6.0,
        "slice_index": 1,
    }
    path = f"/api/studies/{study_id}/series/{SERIES}/annotations"
    assert client.post(path, json=body, headers={"x-reader": "ann"}).status_code == 201


def say(client: TestClient, study_id: str, label: str | None, **where: int) -> Any:
    return client.put(
        f"/api/studies/{study_id}/series/{SERIES}/label",
        json={"label": label, **where},
        headers={"x-reader": "ann"},
    )


def started(client: TestClient, **body: object) -> list[dict[str, Any]]:
    answer = client.post("/api/training", json=body, headers={"x-reader": "ann"})
    assert answer.status_code == 202, answer.json()
    runs: list[dict[str, Any]] = answer.json()["runs"]
    return runs


def live_of(run_id: str) -> str:
    return f"ws://127.0.0.1:8000/api/training/{run_id}/live"


@pytest.fixture
def marked(client: TestClient, two_patients: tuple[str, str]) -> tuple[str, str]:
    """Both patients with a mark and an answer."""
    for number, study_id in enumerate(two_patients):
        draw(client, study_id, f"mark-{number}")
        assert say(client, study_id, "glioma").status_code == 200
    return two_patients


def test_an_answer_is_noted_changed_and_taken_back(client: TestClient, pictures: str) -> None:
    said = say(client, pictures, "glioma", slice_index=1).json()
    assert (said["label"], said["slice_index"], said["reader"]) == ("glioma", 1, "ann")
    say(client, pictures, "meningioma")
    path = f"/api/studies/{pictures}/series/{SERIES}/labels"
    found = client.get(path).json()["labels"]
    assert [(one["slice_index"], one["label"]) for one in found] == [
        (None, "meningioma"),
        (1, "glioma"),
    ]
    assert say(client, pictures, None, slice_index=1).json()["label"] is None
    assert len(client.get(path).json()["labels"]) == 1
    assert say(client, pictures, "abscess").status_code == 422
    assert say(client, pictures, "glioma", slice_index=99).status_code == 404


def test_a_volume_has_one_answer(client: TestClient, volume: str) -> None:
    path = f"/api/studies/{volume}/series/70fa/label"
    assert client.put(path, json={"label": "glioma"}).status_code == 200
    refused = client.put(path, json={"label": "glioma", "slice_index": 3})
    assert refused.status_code == 400
    assert "one answer" in refused.json()["fix"]


def test_choices_say_what_there_is_to_learn_from(
    client: TestClient, two_patients: tuple[str, str]
) -> None:
    nothing = client.get("/api/training/choices").json()
    assert nothing["annotated"]["slices"] == nothing["held_out"]["slices"] == 0
    assert nothing["defaults"]["loss"] in {option["name"] for option in nothing["losses"]}

    learned, locked = two_patients
    draw(client, learned, "mark-0")
    draw(client, locked, "mark-1")
    say(client, learned, "glioma")
    found = client.get("/api/training/choices").json()
    assert found["available"] is True
    assert found["annotated"] == {
        "slices": 1,
        "patients": 1,
        "by_class": {"glioma": 1, "meningioma": 0, "pituitary": 0, "notumor": 0},
    }
    assert [(one["label"], one["left_out"], one["is_locked"]) for one in found["slices"]] == [
        ("glioma", None, False) if one["study_id"] == learned
        else (None, "Nobody said what it shows.", True)
        for one in found["slices"]
    ]  # fmt: skip
    assert found["replay"][0] == {
        "source": "own",
        "about": found["replay"][0]["about"],
        "slices": 2,  # both pictures of the one who may be trained on
    }
    assert any("left out" in caution for caution in found["cautions"])


def test_a_lean_installation_says_how_to_get_what_trains(
    client: TestClient, marked: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_request, "PACKAGES", ("a_package_that_is_not_there",))
    found = client.get("/api/training/choices").json()
    assert found["available"] is False
    assert "make setup" in found["problem"]["fix"]
    refused = client.post("/api/training", json={})
    assert refused.status_code == 409
    assert "make setup" in refused.json()["fix"]


def test_without_a_usable_mark_nothing_is_queued(
    client: TestClient, two_patients: tuple[str, str]
) -> None:
    refused = client.post("/api/training", json={})
    assert refused.status_code == 400
    _, locked = two_patients
    draw(client, locked, "mark-1")
    say(client, locked, "glioma")
    refused = client.post("/api/training", json={})
    assert refused.status_code == 400
    assert "kept aside" in refused.json()["detail"]
    assert client.get("/api/training").json() == {"runs": []}


def test_a_training_is_queued_stopped_and_resumed(
    client: TestClient, marked: tuple[str, str]
) -> None:
    more = {"polish": 40, "swap_ignored": True}
    (run,) = started(client, name="first", loss="l1", steps=5, annotation_ids=["mark-0"], **more)
    assert (run["state"], run["actor"], run["attempt"]) == ("queued", "ann", 1)
    assert run["config"] == {
        "loss": "l1",
        "tier": "last",
        "epsilon": 0.05,
        "steps": 5,
        "seed": 0,
        "polish": 40,
        "swap_ignored": True,
    }
    assert run["annotation_ids"] == ["mark-0"]
    path = f"/api/training/{run['id']}"
    assert client.get(path).json() == run
    assert client.get(f"/api/jobs/{run['id']}").json()["kind"] == "train"
    assert client.post(f"{path}/resume").status_code == 409  # it has not ended
    assert client.post(f"{path}/stop").json()["state"] == "canceled"
    assert client.post(f"{path}/stop").status_code == 409
    resumed = client.post(f"{path}/resume").json()
    assert (resumed["state"], resumed["attempt"]) == ("queued", 2)
    for other in ("", "/stop", "/resume"):
        ask = client.get if other == "" else client.post
        assert ask(f"/api/training/none{other}").status_code == 404


def test_a_job_of_another_kind_is_no_training(client: TestClient, pictures: str) -> None:
    job = client.post(f"/api/studies/{pictures}/analyses").json()
    assert client.post(f"/api/training/{job['id']}/stop").status_code == 404
    assert client.get(f"/api/jobs/{job['id']}").json()["state"] == "queued"


def test_a_trade_off_queues_a_run_for_each_epsilon(
    client: TestClient, marked: tuple[str, str]
) -> None:
    runs = started(client, epsilons=[0.02, 0.3, 0.02])
    assert [run["config"]["epsilon"] for run in runs] == [0.02, 0.3]
    assert len({run["group_id"] for run in runs}) == 1
    assert runs[0]["group_id"] is not None
    assert len(client.get("/api/training").json()["runs"]) == 2
    assert client.post("/api/training", json={"epsilons": []}).status_code == 422
    assert client.post("/api/training", json={"epsilon": 99.0}).status_code == 422


def test_maps_before_and_now_travel_as_numbers(
    client: TestClient, store: Store, marked: tuple[str, str]
) -> None:
    (run,) = started(client)
    path = f"/api/training/{run['id']}/previews"
    assert client.get(path).status_code == 404
    before = np.arange(4, dtype=np.float32).reshape(1, 2, 2) / 10
    shown = Previews(
        step=7,
        names=np.array(["NS-1, cut"]),
        labels=np.array(["glioma"]),
        pictures=np.arange(64, dtype=np.uint8).reshape(1, 8, 8),
        before=before,
        now=-before,
        evidence=np.full((1, 2, 2), 255, np.uint8),
        not_evidence=np.zeros((1, 2, 2), np.uint8),
        places=np.array([f"{marked[0]}/{SERIES}"]),
        tests_before=np.array([json.dumps(FAILED.as_dict())]),
        tests_now=np.array([""]),
    )
    write_previews(store, run["id"], shown)
    found = client.get(path).json()
    assert found["step"] == 7
    assert found["scale"] == pytest.approx(0.3)
    (preview,) = found["previews"]
    now = np.frombuffer(base64.b64decode(preview["now"]), "<f4").reshape(2, 2)
    assert np.array_equal(now, -before[0])
    assert (preview["size"], preview["cells"], preview["label"]) == (8, 2, "glioma")
    assert preview["tests_before"]["outcome"] == "failed"
    assert "a little noise" in preview["tests_before"]["sentence"]
    assert preview["tests_now"] is None
    assert client.get(f"/api/training/{run['id']}").json()["has_previews"] is True
    assert found["hidden"] == 0
    assign(store, marked[0], SERIES, reader="eve", blind=True, actor="lead")
    kept_from = client.get(path, headers={"X-Reader": "eve"}).json()
    assert (kept_from["previews"], kept_from["hidden"]) == ([], 1)
    choices = client.get("/api/training/choices", headers={"X-Reader": "eve"}).json()
    assert {one["study_id"] for one in choices["slices"]} == {marked[1]}
    assert choices["annotated"]["slices"] == 0
    assert any("read blind" in caution for caution in choices["cautions"])
    everything = client.get("/api/training/choices").json()
    assert {one["study_id"] for one in everything["slices"]} == set(marked)


def test_the_live_stream_tells_points_and_ends_with_the_run(
    client: TestClient, store: Store, marked: tuple[str, str]
) -> None:
    (run,) = started(client)
    with client.websocket_connect(live_of(run["id"])) as live:
        first = live.receive_json()
        assert first["kind"] == "run"
        assert first["run"]["id"] == run["id"]
        assert first["run"]["points"] == []
        training.add_point(store, run["id"], 10, POINT)
        point = live.receive_json()
        assert (point["kind"], point["point"]["step"]) == ("point", 10)
        jobs.tell_progress(store, run["id"], 0.5, "Step 10 of 90")
        state = live.receive_json()
        assert (state["kind"], state["run"]["state"]) == ("run", "running")
        jobs.tell_progress(store, run["id"], 0.6, "Step 20 of 90")
        moved = live.receive_json()
        assert (moved["kind"], moved["message"]) == ("progress", "Step 20 of 90")
        jobs.finish_job(store, run["id"], message="Done")
        last = live.receive_json()
        assert (last["kind"], last["run"]["state"]) == ("run", "done")
        assert len(last["run"]["points"]) == 1
        with pytest.raises(WebSocketDisconnect) as ended:
            live.receive_json()
        assert ended.value.code == 1000


def test_a_stream_of_no_training_is_closed_with_the_reason(client: TestClient) -> None:
    with (
        client.websocket_connect(live_of("none")) as live,
        pytest.raises(WebSocketDisconnect) as closed,
    ):
        live.receive_json()
    assert closed.value.code == 4404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": "Bearer wrong"}, 401),
        ({"host": "evil.example"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_a_stranger_or_another_site_gets_no_stream(
    client: TestClient,
    marked: tuple[str, str],
    headers: dict[str, str],
    status: int,
) -> None:
    (run,) = started(client)
    with pytest.raises(WebSocketDenialResponse) as refused:
        client.websocket_connect(live_of(run["id"]), headers=headers).__enter__()
    assert refused.value.status_code == status
    assert refused.value.json()["fix"]


def test_our_own_page_gets_the_stream_with_its_cookie(
    client: TestClient, app: FastAPI, marked: tuple[str, str]
) -> None:
    (run,) = started(client)
    del client.headers["authorization"]
    with pytest.raises(WebSocketDenialResponse):
        client.websocket_connect(live_of(run["id"])).__enter__()
    client.get("/?token=launch-token", follow_redirects=False)
    own = {"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}
    with client.websocket_connect(live_of(run["id"]), headers=own) as live:
        assert live.receive_json()["run"]["id"] == run["id"]
