"""Who is asked often is told so, whoever asked, and however the certificate turned out."""

from dataclasses import replace

import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.certificate import Asking, Certificate
from neuroscope.store import audit
from neuroscope.store.askings import ask, note_certificate, require_noted
from neuroscope.store.database import Store

PATIENTS = ("p1", "p2")


def certificate(weights: str, verdict: str = "refuse") -> Certificate:
    return Certificate(
        verdict=verdict,  # type: ignore[arg-type]
        reasons=(), conditions=(), rows=(), tests=(), counts=(), negative_flips=(),
        positive_flips=0, status="feasible", step=1, controls={}, hashes={"after": weights},
        settings={}, seed=0,
    )  # fmt: skip


def asked(store: Store, weights: str, *patients: str, replaces: str = "old") -> Asking:
    return ask(store, weights, replaces=replaces, patients=patients or PATIENTS, actor="ann")


def test_every_other_network_that_was_to_replace_the_same_one_counts(store: Store) -> None:
    assert asked(store, "a") == Asking(1, 0)
    assert asked(store, "b") == Asking(2, 1)
    assert asked(store, "c", "p2", "p3") == Asking(3, 2)


def test_the_same_weights_are_the_same_attempt(store: Store) -> None:
    asked(store, "a")
    asked(store, "b")
    assert asked(store, "a") == Asking(1, 1)
    assert asked(store, "c") == Asking(3, 2)


def test_other_patients_and_another_version_to_replace_begin_anew(store: Store) -> None:
    asked(store, "a")
    assert asked(store, "b", "p9") == Asking(1, 0)
    assert asked(store, "c", replaces="new") == Asking(1, 1)


def test_what_could_not_have_been_promoted_spent_nothing(store: Store) -> None:
    asked(store, "a")
    note_certificate(store, certificate("a", "insufficient"), actor="ann")
    assert asked(store, "b") == Asking(1, 1)
    note_certificate(store, certificate("b"), actor="ann")
    assert asked(store, "c") == Asking(2, 2)


def test_the_trail_names_no_patient(store: Store) -> None:
    asked(store, "a", "SUB-1234")
    (event,) = audit.list_events(store)[0]
    assert "SUB-1234" not in event.payload


def test_a_certificate_that_was_changed_or_came_from_elsewhere_is_refused(store: Store) -> None:
    written = certificate("a", "refuse")
    note_certificate(store, written, actor="ann")
    weights = written.hashes["after"]
    require_noted(store, weights, written.as_dict())
    with pytest.raises(BadInputError, match="knows no such certificate"):
        require_noted(store, weights, replace(written, verdict="promote").as_dict())
    with pytest.raises(BadInputError, match="knows no such certificate"):
        require_noted(store, "other weights", written.as_dict())
    with pytest.raises(BadInputError, match="knows no such certificate"):
        require_noted(store, certificate("b").hashes["after"], certificate("b").as_dict())
