"""Passports: how the maps of slices and of volumes did in their tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from neuroscope.records.passport import Outcome, Passport, passport_from, passport_of
from neuroscope.store.database import Store, insert_once
from neuroscope.store.explanation_tables import PassportRow
from neuroscope.store.slice_focus import note_passports

WHOLE = -1  # in place of the index of a slice: the map of a whole volume

Passports = tuple[Passport, ...]


@dataclass(frozen=True, slots=True)
class MapTests:
    """How the map of the answer did, in short.

    Attributes
    ----------
    passed
        How many tests it passed.
    failed
        Names of those it failed.
    """

    outcome: Outcome
    passed: int
    failed: tuple[str, ...]


def save_passports(
    store: Store,
    analysis_id: str,
    series_id: str,
    found: Mapping[int, Passports],
    answers: Mapping[int, str],
) -> None:
    """Store passports in place of earlier ones.

    Parameters
    ----------
    found
        By slice, or under `WHOLE` for a volume: the passports of all classes.
    answers
        The predicted class under the same keys.
    """
    if not found:
        return
    rows = [
        _row(analysis_id, series_id, index, passports, answers[index])
        for index, passports in found.items()
    ]
    with store.transaction() as session:
        session.execute(
            delete(PassportRow).where(
                PassportRow.analysis_id == analysis_id,
                PassportRow.series_id == series_id,
                PassportRow.index.in_(found),
            )
        )
        insert_once(session, PassportRow, rows)
    of_slices = {row["index"]: row["outcome"] for row in rows if row["index"] != WHOLE}
    note_passports(store, analysis_id, series_id, of_slices)


def indices_with_passport(store: Store, analysis_id: str, series_id: str) -> frozenset[int]:
    """Return the slices whose passports are stored, and `WHOLE` if that of the volume is."""
    with store.reading() as session:
        return frozenset(
            session.scalars(
                select(PassportRow.index).where(
                    PassportRow.analysis_id == analysis_id, PassportRow.series_id == series_id
                )
            )
        )


def read_passports(
    store: Store, analysis_id: str, series_id: str, index: int | None = None
) -> Passports:
    """Return the passports of the maps of one slice, or of a whole volume; empty if untested."""
    key = (analysis_id, series_id, WHOLE if index is None else index)
    with store.reading() as session:
        row = session.get(PassportRow, key)
        return () if row is None else _passports(row)


def read_all_passports(store: Store, analysis_id: str, series_id: str) -> dict[int, Passports]:
    """Return the passports of all slices of a series, and of the volume under `WHOLE`."""
    with store.reading() as session:
        rows = session.scalars(
            select(PassportRow).where(
                PassportRow.analysis_id == analysis_id, PassportRow.series_id == series_id
            )
        )
        return {row.index: _passports(row) for row in rows}


def map_tests_of(session: Session, analysis_id: str) -> dict[tuple[str, int], MapTests]:
    """Return how all maps of an analysis did, in short, by series and slice (or `WHOLE`)."""
    short = select(
        PassportRow.series_id,
        PassportRow.index,
        PassportRow.outcome,
        PassportRow.passed,
        PassportRow.failed,
    ).where(PassportRow.analysis_id == analysis_id)
    return {
        (series_id, index): MapTests(outcome, passed, tuple(failed))
        for series_id, index, outcome, passed, failed in session.execute(short)
    }


def _row(
    analysis_id: str, series_id: str, index: int, passports: Passports, answer: str
) -> dict[str, Any]:
    of_answer = passport_of(passports, answer)
    made = () if of_answer is None else of_answer.assessed
    failed = [test.name for test in made if test.outcome == "failed"]
    return {
        "analysis_id": analysis_id,
        "series_id": series_id,
        "index": index,
        "outcome": "not assessed" if of_answer is None else of_answer.outcome,
        "passed": len(made) - len(failed),
        "failed": failed,
        "content": [one.as_dict() for one in passports],
    }


def _passports(row: PassportRow) -> Passports:
    return tuple(passport_from(stored) for stored in row.content)
