from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from neuroscope.store.database import Store

READERS = ("ann", "bob", "cid")


def square(right: float) -> dict[str, Any]:
    corners = ((0, 0), (10, 0), (10, 10), (0, 10))
    points = [(right - 0.5 + i, 19.5 + j, 24.0) for i, j in corners]
    return {"kind": "tumor", "shape": "contour", "points_mm": points}


@pytest.fixture
def series(client: TestClient, volume: str) -> str:
    """A volume that ann, bob and cid have read blind; cid has not handed in."""
    place = f"/api/studies/{volume}/series/70fa"
    for reader, right in zip(READERS, (10.0, 12.0, 30.0), strict=True):
        name = {"x-reader": reader}
        client.post(f"{place}/assignments", json={"reader": reader})
        client.post(f"{place}/annotations", json=square(right), headers=name)
        if reader != "cid":
            client.post(f"{place}/assignments/submit", headers=name)
    return place


def test_the_queue_names_slices_and_says_why(
    client: TestClient, store: Store, volume: str, analyzed_as: Callable[..., str]
) -> None:
    empty = client.get("/api/queue").json()
    assert (empty["slices"], empty["model"], empty["candidates"]) == ([], None, 0)
    analysis_id = analyzed_as(store, volume, "70fa", 12, axis=2)
    found = client.get("/api/queue?number=2").json()
    assert (found["candidates"], found["every_random"]) == (12, 10)
    first = found["slices"][0]
    assert (first["study_id"], first["series_id"]) == (volume, "70fa")
    assert (first["analysis_id"], first["axis"], first["plane"]) == (analysis_id, 2, "axial")
    assert first["position_mm"] == [23.5, 27.5, 4.0 * first["index"]]
    assert first["reason"]
    assert client.get("/api/queue?number=2").json() == found
    assert client.get("/api/queue?number=0").status_code == 422


def test_the_agreement_on_a_series_counts_what_was_handed_in(
    client: TestClient, series: str
) -> None:
    found = client.get(f"{series}/agreement").json()
    assert (found["readers"], found["waiting"], found["unit"]) == (["ann", "bob"], 1, "mm")
    (pair,) = found["pairs"]
    assert pair["readers"] == ["ann", "bob"]
    assert pair["dice"] == pytest.approx(0.8)
    assert pair["hd95_mm"] == pytest.approx(2.0)
    assert 0 < found["kappa"]["volume"] < 1


def test_who_reads_blind_is_told_to_hand_in_first(client: TestClient, series: str) -> None:
    cid = {"x-reader": "cid"}
    for part in ("agreement", "consensus", "consensus/array", "disagreement/array"):
        answer = client.get(f"{series}/{part}", headers=cid)
        assert (answer.status_code, "blind" in answer.json()["detail"]) == (409, True)
    over_all = client.get("/api/readers/agreement", headers=cid).json()
    assert (over_all["series"], over_all["hidden"], over_all["all_readers"]) == (0, 1, None)
    disputes = client.get("/api/readers/disagreements", headers=cid).json()
    assert (disputes["disputes"], disputes["hidden"]) == ([], 1)
    client.post(f"{series}/assignments/submit", headers=cid)
    assert client.get(f"{series}/agreement", headers=cid).status_code == 200


def test_of_one_patient_there_is_a_number_and_no_interval(client: TestClient, series: str) -> None:
    found = client.get("/api/readers/agreement").json()
    dice = found["all_readers"]["dice"]
    assert dice["value"] == pytest.approx(0.8)
    assert (dice["low"], dice["high"], dice["patients"]) == (None, None, 1)
    assert dice["few_patients"]
    assert found["pairs"][0]["readers"] == ["ann", "bob"]
    assert found["weights"] == pytest.approx({"ann": 0.8, "bob": 0.8})


def test_consensus_and_disagreement_travel_as_arrays(client: TestClient, series: str) -> None:
    said = client.get(f"{series}/consensus").json()
    assert [one["reader"] for one in said["readers"]] == ["ann", "bob"]
    assert said["volume_ml"] == pytest.approx(said["marked"] * 0.004)
    for part, where, value in (("consensus", (15, 25, 6), 255), ("disagreement", (11, 25, 6), 255)):
        answer = client.get(f"{series}/{part}/array")
        assert (answer.headers["x-shape"], answer.headers["x-dtype"]) == ("48,56,12", "|u1")
        assert answer.headers["cache-control"] == "private, no-cache"
        array = np.frombuffer(answer.content, np.uint8).reshape((48, 56, 12), order="F")
        assert array[where] == value
        assert array[40, 40, 6] == 0
    plain = client.get(f"{series}/consensus/array", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(plain.content) == 48 * 56 * 12


def test_what_to_discuss_is_listed(client: TestClient, series: str, volume: str) -> None:
    (only,) = client.get("/api/readers/disagreements").json()["disputes"]
    assert (only["study_id"], only["series_id"], only["slice_index"]) == (volume, "70fa", None)
    assert only["dice"] == pytest.approx(0.8)
    assert only["farthest"] == ["ann", "bob"]
    assert client.get("/api/readers/disagreements?kind=evidence").json()["disputes"] == []
    assert client.get("/api/readers/disagreements?kind=note").status_code == 422


def test_one_reader_has_nobody_to_agree_with(client: TestClient, volume: str) -> None:
    place = f"/api/studies/{volume}/series/70fa"
    client.post(f"{place}/annotations", json=square(10.0), headers={"x-reader": "ann"})
    assert client.get(f"{place}/agreement").json()["pairs"] == []
    assert client.get(f"{place}/consensus").status_code == 404
    assert client.get(f"/api/studies/{volume}/series/none/agreement").status_code == 404
