import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from neuroscope.errors import BadInputError, ConflictError, NotFoundError
from neuroscope.store.audit import list_events
from neuroscope.store.audit_replay import differences
from neuroscope.store.database import Store
from neuroscope.store.map_verdicts import (
    MapKey,
    MapVerdict,
    Verdict,
    read_heads,
    read_history,
    set_verdict,
)
from neuroscope.store.studies import delete_study
from neuroscope.store.validation_tables import MapVerdictRow

SERIES = "5e71e5"


def key_of(study_id: str) -> MapKey:
    return MapKey(study_id, SERIES, 1, "a" * 64)


def say(
    store: Store, study: str, verdict: Verdict | None, *, parent: int, reader: str = "ann"
) -> MapVerdict:
    return set_verdict(
        store, key_of(study), verdict=verdict, note="Ring.", reader=reader, parent=parent
    )


def test_every_version_stays_and_is_in_the_trail(store: Store, pictures: str) -> None:
    first = say(store, pictures, "plausible", parent=0)
    assert say(store, pictures, "plausible", parent=0) == first  # said again
    say(store, pictures, "artefact", parent=1)
    assert [one.verdict for one in read_history(store, key_of(pictures))] == [
        "plausible",
        "artefact",
    ]
    events, total = list_events(store, action="verdict")
    assert (total, events[0].parent_version, events[0].facts["verdict"]) == (2, 1, "artefact")
    assert "Ring" not in events[0].payload
    assert differences(store) == ()


def test_what_counts_is_the_last_of_every_reader(store: Store, pictures: str) -> None:
    key = key_of(pictures)
    say(store, pictures, "plausible", parent=0)
    say(store, pictures, "partly", parent=0, reader="bob")
    say(store, pictures, "artefact", parent=1)
    (ann, bob) = read_heads(store, [key, MapKey(pictures, SERIES, 2, "a" * 64)])[key]
    assert (ann.verdict, ann.version, bob.verdict) == ("artefact", 2, "partly")
    set_verdict(store, key, verdict=None, note="", reader="bob", parent=1)
    assert [one.reader for one in read_heads(store, [key])[key]] == ["ann"]


def test_who_did_not_see_their_last_word_is_told(store: Store, pictures: str) -> None:
    say(store, pictures, "plausible", parent=0)
    with pytest.raises(ConflictError, match="version 1"):
        say(store, pictures, "artefact", parent=0)
    assert len(read_history(store, key_of(pictures))) == 1


def test_a_verdict_is_never_changed(store: Store, pictures: str) -> None:
    say(store, pictures, "plausible", parent=0)
    with pytest.raises(DBAPIError), store.transaction() as session:
        session.execute(update(MapVerdictRow).values(verdict="artefact"))


def test_a_verdict_behind_the_back_of_the_trail_is_found(store: Store, pictures: str) -> None:
    say(store, pictures, "plausible", parent=0)
    with store.transaction() as session:
        session.add(
            MapVerdictRow(
                study_id=pictures, series_id=SERIES, slice_index=1, model_sha256="a" * 64,
                reader="ann", version=2, verdict="artefact", note="",
            )
        )  # fmt: skip
    (found,) = differences(store)
    assert found.endswith("differs from the trail in: note_sha256, verdict, version.")


def test_nonsense_is_refused_and_all_goes_with_the_study(store: Store, pictures: str) -> None:
    with pytest.raises(BadInputError, match="note"):
        set_verdict(
            store, key_of(pictures), verdict="partly", note="x" * 3000, reader="a", parent=0
        )
    with pytest.raises(NotFoundError):
        say(store, "none", "partly", parent=0)
    say(store, pictures, "partly", parent=0)
    delete_study(store, pictures, actor="ann")
    assert read_history(store, key_of(pictures)) == ()
    assert differences(store) == ()
