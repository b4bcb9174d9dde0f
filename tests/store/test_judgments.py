"""What readers say of similar cases: kept for one question, with an event, and taken back."""

import pytest

from neuroscope.errors import NotFoundError
from neuroscope.store.audit import list_events
from neuroscope.store.audit_replay import differences
from neuroscope.store.database import Store
from neuroscope.store.judgments import Judgment, judge, list_judgments, read_judgments
from neuroscope.store.similar_answers import read_answer, save_answer
from neuroscope.store.studies import delete_study


def say(store: Store, study: str, case: str, relevant: bool | None, scope: str = "") -> list[str]:
    told: tuple[Judgment, ...] = judge(
        store, study, case, scope=scope, reader="ann", is_relevant=relevant, model_sha256="a" * 64
    )
    return [f"{one.case_id} {one.is_relevant}" for one in told]


def test_a_judgment_is_kept_for_its_question_and_said_again_changes_nothing(
    store: Store, pictures: str
) -> None:
    assert say(store, pictures, "c1", True) == ["c1 True"]
    assert say(store, pictures, "c1", True) == ["c1 True"]
    assert say(store, pictures, "c2", False) == ["c1 True", "c2 False"]
    assert say(store, pictures, "c9", True, scope="x/0") == ["c9 True"]
    events, total = list_events(store, object_id=f"{pictures}/c1")
    assert (total, events[0].action, events[0].actor) == (1, "similar.judge", "ann")
    assert list_judgments(store, pictures, scope="", reader="bob") == ()
    assert len(read_judgments(store)) == 3
    assert differences(store) == ()


def test_a_judgment_can_be_turned_and_taken_back(store: Store, pictures: str) -> None:
    say(store, pictures, "c1", True)
    assert say(store, pictures, "c1", False) == ["c1 False"]
    assert say(store, pictures, "c1", None) == []
    assert say(store, pictures, "c1", None) == []
    assert list_events(store, object_id=f"{pictures}/c1")[1] == 3


def test_a_deleted_study_takes_its_judgments_along(store: Store, pictures: str) -> None:
    say(store, pictures, "c1", True)
    delete_study(store, pictures)
    assert read_judgments(store) == ()
    with pytest.raises(NotFoundError):
        say(store, pictures, "c1", True)


def test_the_first_answer_of_an_analysis_stays(store: Store, pictures: str, analyzed_as) -> None:
    analysis_id = analyzed_as(store, pictures, "5e71e5", 3)
    assert read_answer(store, analysis_id) is None
    save_answer(store, analysis_id, {"problem": "none yet"})
    save_answer(store, analysis_id, {"problem": "another"})
    assert read_answer(store, analysis_id) == {"problem": "none yet"}
