"""Questions of a page, answered by the worker's thread from a store whose answers are known."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import BadInputError, ConflictError, NotFoundError
from neuroscope.jobs.similar_client import ADDRESS, ask_worker
from neuroscope.jobs.similar_room import SimilarRoom
from neuroscope.jobs.similar_service import SimilarService
from neuroscope.records.annotation import Annotation
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Slice
from neuroscope.settings import Settings
from neuroscope.store.annotations import create
from neuroscope.store.database import open_store
from neuroscope.store.reader_labels import set_label
from neuroscope.store.registration import note_shipped
from neuroscope.store.studies import delete_study, save_study

SPOTS = ((45, 40), (45, 72), (80, 40), (80, 72), (60, 55), (50, 60))
SERIES = "5e71e5"


def picture(number: int) -> ImportedStudy:
    """A study of one picture: a head with a bright spot at one of six places."""
    rows, columns = np.mgrid[:120, :110]
    inside = ((rows - 60) / 52) ** 2 + ((columns - 55) / 45) ** 2 < 1
    row, column = SPOTS[number % 6]
    bright = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 90)
    noise = np.random.default_rng(number).normal(0, 4, rows.shape)
    pixels = np.clip(np.where(inside, 80 + 150 * bright + noise, 0), 0, 255).astype(np.uint8)
    study = Study(f"study{number}", f"NS-{number}", (Series(SERIES, "slice"),))
    return ImportedStudy(study, {}, {SERIES: (Slice(pixels, f"cut{number}"),)}, f"{number:064}")


@pytest.fixture(scope="module")
def room(
    tmp_path_factory: pytest.TempPathFactory, analyzed_as: Callable[..., str]
) -> Iterator[SimilarRoom]:
    """Twelve analyzed studies, two with a spot at every place; readers named eleven of them."""
    settings = Settings(home=tmp_path_factory.mktemp("similar") / "home", threads=1)
    store = open_store(settings)
    note_shipped(store)
    made = SimilarRoom(store, settings)
    for number in range(12):
        study_id = save_study(store, picture(number)).study_id
        analysis_id = analyzed_as(store, study_id, SERIES, 1)
        if number:
            label = "glioma" if number % 6 < 3 else "meningioma"
            set_label(store, study_id, SERIES, slice_index=None, label=label, reader="ann")
        made.add(study_id, analysis_id)
    yield made
    made.close()
    store.close()


@pytest.fixture(scope="module")
def ask(room: SimilarRoom) -> Iterator[Callable[..., dict]]:
    """Ask the service over its socket, as the web process does."""
    service = SimilarService(room)

    def question(what: str, **more: object) -> dict:
        return ask_worker(room.store.home, room.store.key, {"what": what, **more})

    yield question
    service.close()


def search(ask: Callable[..., dict], study: str = "study0", **asked: object) -> dict:
    return ask("search", asked={"study_id": study, "reader": "ann", **asked})


def test_a_study_finds_those_with_a_spot_at_the_same_place_and_never_itself(ask):
    found = search(ask)
    cases = [one["case_id"] for one in found["neighbors"]]
    assert cases[0] == "study6"
    assert "study0" not in cases
    assert found["excluded_vectors"] == 0
    assert found["vote"]["labeled"] == 10
    assert found["vote"]["p_right"] is None  # too few to tell
    assert found["predicted"] == "glioma"
    assert {
        row["query"]
        for one in found["neighbors"]
        for row in one["compared"]
        if row["feature"] == "label"
    } == {"glioma"}


def test_a_filter_holds_and_one_that_nothing_fulfills_is_refused(ask):
    found = search(ask, filter="class=meningioma")
    assert {one["facts"]["label"] for one in found["neighbors"]} == {"meningioma"}
    assert found["is_disputed"]
    assert any("network says glioma" in caution for caution in found["cautions"])
    with pytest.raises(BadInputError, match="class=pituitary"):
        search(ask, filter="class=pituitary")
    with pytest.raises(BadInputError, match="not understood"):
        search(ask, filter="shape=round")


def test_judgments_move_the_order_and_none_leaves_it(ask):
    plain = [one["case_id"] for one in search(ask, most=11)["neighbors"]]
    same = search(ask, most=11, relevant=[], not_relevant=[])["neighbors"]
    assert [one["case_id"] for one in same] == plain
    moved = search(ask, most=11, relevant=[plain[-1]], not_relevant=[plain[0]])["neighbors"]
    assert [one["case_id"] for one in moved].index(plain[-1]) < 10


def test_why_two_slices_are_similar_sums_to_their_score_and_lies_on_their_pictures(ask):
    asked = {"study_id": "study0", "reader": "ann", "series_id": SERIES, "slice_index": 0}
    first = search(ask, series_id=SERIES, slice_index=0)["neighbors"][0]
    why = ask("why", asked=asked, query=first["query_entry_id"], match=first["entry_id"])
    assert why["score"] == pytest.approx(first["best_cosine"], abs=1e-4)
    for name in ("query_map", "match_map"):
        drawn = np.frombuffer(base64.b64decode(why[name]), "<f4")
        assert len(drawn) == why["rows"] * why["columns"]
        assert drawn.sum(dtype=np.float64) == pytest.approx(why["score"], abs=1e-5)
    shown = np.frombuffer(base64.b64decode(why["query_picture"]), np.uint8)
    shown = shown.reshape(why["size"], why["size"])
    row, column = np.unravel_index(int(shown.argmax()), shown.shape)
    assert row < why["size"] / 2  # the spot of study 0 lies above the middle,
    assert column < why["size"] / 2  # at the left
    with pytest.raises(NotFoundError, match="not in the index"):
        ask("why", asked=asked, query=first["query_entry_id"], match="study6/other/0/slice0")


def test_a_region_finds_lesions_whether_it_is_stored_or_only_drawn(ask, room):
    corners = np.array([[30, 35, 0], [50, 35, 0], [50, 55, 0], [30, 55, 0]], np.float64)
    drawn = Annotation("spot", SERIES, "tumor", "contour", corners, "ann", slice_index=0)
    create(room.store, "study0", drawn)
    stored = search(ask, series_id=SERIES, annotation_id="spot")
    assert {one["kind"] for one in stored["neighbors"]} == {"lesion"}
    where = next(r for r in stored["neighbors"][0]["compared"] if r["feature"] == "place")
    assert where["query"].startswith("upper left")
    sent = search(ask, series_id=SERIES, slice_index=0, points_mm=corners.tolist())
    scores = [[one["score"] for one in found["neighbors"]] for found in (stored, sent)]
    assert scores[0] == pytest.approx(scores[1])
    with pytest.raises(BadInputError, match="covers nothing"):
        search(ask, series_id=SERIES, slice_index=0, points_mm=[[0, 0, 0], [4, 0, 0], [4, 4, 0]])


def test_the_map_of_the_cohort_shows_every_slice_once(ask):
    found = ask("map", most=100)
    assert found["total"] == len(found["points"]) == 12
    assert len({point["case_id"] for point in found["points"]}) == 12
    assert 0 < sum(found["explained"]) <= 1.0001
    assert len(ask("map", most=5)["points"]) == 5


def test_labels_that_readers_give_later_are_taken_over(ask, room):
    set_label(room.store, "study0", SERIES, slice_index=None, label="pituitary", reader="bob")
    room.forget_deleted()
    labels = {p["case_id"]: (p["label"], p["label_source"]) for p in ask("map", most=99)["points"]}
    assert labels["study0"] == ("pituitary", "reader")
    set_label(room.store, "study0", SERIES, slice_index=None, label=None, reader="bob")


def test_an_index_of_another_network_is_named_stale_and_refused(ask, room, monkeypatch):
    assert ask("state")["state"] == "ready"
    embedder = room.embedder()
    newer = replace(embedder, space=replace(embedder.space, version="9", sha256="9" * 64))
    monkeypatch.setattr(room, "embedder", lambda: newer)
    said = ask("state")
    assert (said["state"], said["problem"] is None) == ("stale", False)
    with pytest.raises(ConflictError, match="holds vectors of"):
        search(ask)


def test_a_study_that_was_deleted_is_forgotten(ask, room):
    study_id = save_study(room.store, picture(20)).study_id
    with pytest.raises(NotFoundError, match="not among the indexed"):
        search(ask, study_id)
    before = ask("state")["vectors"]
    delete_study(room.store, "study11")
    ask("forget", study_id="study11")
    assert ask("state")["vectors"] < before
    assert "study11" not in [one["case_id"] for one in search(ask, most=12)["neighbors"]]


def test_without_a_worker_the_problem_names_it(tmp_path: Path):
    with pytest.raises(ConflictError, match="worker"):
        ask_worker(tmp_path, b"k" * 32, {"what": "state"})
    (tmp_path / ADDRESS).write_text(str(tmp_path / "nobody"))
    with pytest.raises(ConflictError, match="worker"):
        ask_worker(tmp_path, b"k" * 32, {"what": "state"})


def test_who_does_not_know_the_key_gets_no_answer(ask, room):
    with pytest.raises(ConflictError):
        ask_worker(room.store.home, b"another key", {"what": "state"})
    assert ask("state")["state"] == "ready"  # and the others still do


def test_without_an_index_the_state_says_how_to_make_one(tmp_path: Path):
    settings = Settings(home=tmp_path / "home", threads=1)
    store = open_store(settings)
    service = SimilarService(SimilarRoom(store, settings))
    try:
        said = ask_worker(store.home, store.key, {"what": "state"})
        assert (said["state"], said["fix"]) == ("missing", "Make one: neuroscope index")
        assert json.dumps(said)
    finally:
        service.close()
        store.close()
