"""Measure how long it takes to check an audit trail of 10,000 events, and to replay it."""

import os
import secrets
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from measuring import Answer, row, timed, write
from neuroscope.records.annotation import Annotation
from neuroscope.records.geometry import diagonal
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Volume
from neuroscope.settings import Settings
from neuroscope.store import audit
from neuroscope.store.annotation_rows import content_of, version_sha256
from neuroscope.store.annotations import create, edit
from neuroscope.store.audit_replay import differences, replay
from neuroscope.store.database import Store, open_store
from neuroscope.store.reading_tables import AnnotationRow, AnnotationVersionRow
from neuroscope.store.studies import save_study
from neuroscope.store.tables import now

EVENTS, REPEATS, VERSIONS = 10_000, 5, 4
DRAWN = 10  # annotations, to time how long storing one takes


def main() -> None:
    """Measure and write `results/audit_trail.json`."""
    load = os.getloadavg()[0]
    with TemporaryDirectory() as folder:
        store = open_store(Settings(home=Path(folder)))
        save_study(store, _study())
        adding = timed(lambda: _draw(store, DRAWN), repeats=REPEATS)
        _fill(store, EVENTS // VERSIONS - (REPEATS + 1) * DRAWN)
        assert audit.head_of(store)[0] == EVENTS
        assert differences(store) == ()
        rows = [
            row("check the chain", timed(lambda: audit.verify(store), repeats=REPEATS), "s"),
            row(
                "replay into the state it led to",
                timed(lambda: replay(audit.events(store)), repeats=REPEATS),
                "s",
                target="< 5",
            ),
            row(
                "compare that state with every stored version",
                timed(lambda: differences(store), repeats=REPEATS),
                "s",
            ),
            row(
                "store one version and its event",
                [s * 1000 / (DRAWN * VERSIONS) for s in adding],
                "ms",
            ),
        ]
        store.close()
    notes = [
        f"{EVENTS} events of annotations with {VERSIONS} versions each; SQLite.",
    ]
    write(Answer("How long does the audit trail take?", rows, notes), "audit_trail", load)


def _draw(store: Store, number: int) -> None:
    """Draw annotations on one volume, each with `VERSIONS` versions, as a reader does."""
    for _ in range(number):
        name = secrets.token_hex(8)
        create(store, "s", _contour(name, 0))
        for version in range(1, VERSIONS):
            edit(store, "s", _contour(name, version), parent=version)


def _fill(store: Store, number: int) -> None:
    """Write such annotations and their events in one transaction, to save time."""
    content = content_of(_contour("any", 0), image_sha256="0" * 64, folder=store.blobs)
    with store.transaction() as session:
        for _ in range(number):
            name = secrets.token_hex(8)
            session.add(
                AnnotationRow(id=name, study_id="s", series_id="v", owner="ann", head=VERSIONS)
            )
            session.flush()
            for version in range(1, VERSIONS + 1):
                _add(session, name, version, content)


def _add(session: Session, name: str, version: int, content: dict[str, Any]) -> None:
    row = AnnotationVersionRow(
        annotation_id=name,
        version=version,
        parent=version - 1 or None,
        is_conflict=False,
        resolves=[],
        author="ann",
        created=now(),
        deleted=False,
        content=content,
    )
    session.add(row)
    audit.append(
        session,
        "annotation.edit",
        name,
        actor="ann",
        facts={
            "study_id": "s",
            "series_id": "v",
            "version": version,
            "kind": "evidence",
            "sha256": version_sha256(row),
        },
    )


def _study() -> ImportedStudy:
    volume = Volume(np.ones((64, 64, 8), np.int16), diagonal((1.0, 1.0, 4.0)))
    study = Study("s", "NS-BENCH1", (Series("v", "t1c"),))
    return ImportedStudy(study, {"v": volume}, {}, "content")


def _contour(name: str, by_mm: float) -> Annotation:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = np.stack([20 + 9 * np.cos(angle) + by_mm, 30 + 12 * np.sin(angle), 0 * angle + 8], 1)
    return Annotation(name, "v", "evidence", "contour", ring, "ann")


if __name__ == "__main__":
    main()
