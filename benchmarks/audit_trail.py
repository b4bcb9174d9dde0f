"""Measure how long it takes to check an audit trail of 10,000 events, and to replay it."""

import os
import secrets
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from measuring import Answer, row, timed, write
from neuroscope.records.annotation import Annotation
from neuroscope.records.geometry import diagonal
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Volume
from neuroscope.settings import Settings
from neuroscope.store import audit
from neuroscope.store.annotations import create, edit
from neuroscope.store.audit_replay import differences, replay
from neuroscope.store.database import Store, open_store
from neuroscope.store.studies import save_study

EVENTS, REPEATS, VERSIONS = 10_000, 5, 4


def main() -> None:
    """Measure and write `results/audit_trail.json`."""
    load = os.getloadavg()[0]
    with TemporaryDirectory() as folder:
        store = open_store(Settings(home=Path(folder)))
        adding = timed(lambda: _draw(store, 25), repeats=REPEATS)
        _draw(store, EVENTS // VERSIONS - (REPEATS + 1) * 25)
        assert audit.head_of(store)[0] == EVENTS
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
            row("store one version and its event", [s * 1000 / 100 for s in adding], "ms"),
        ]
        store.close()
    notes = [
        f"{EVENTS} events of annotations with {VERSIONS} versions each; SQLite.",
    ]
    write(Answer("How long does the audit trail take?", rows, notes), "audit_trail", load)


def _draw(store: Store, number: int) -> None:
    """Draw annotations on one volume, each with `VERSIONS` versions."""
    study_id = save_study(store, _study()).study_id
    for _ in range(number):
        name = secrets.token_hex(8)
        create(store, study_id, _contour(name, 0))
        for version in range(1, VERSIONS):
            edit(store, study_id, _contour(name, version), parent=version)


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
