"""Measure how long a page waits for similar cases: the worker's service over 10,000 slices.

Vectors are random around four centers; everything else is the program's own: socket, index, filter,
vote.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from measuring import Answer, row, write
from neuroscope.jobs.similar_client import ask_worker
from neuroscope.jobs.similar_room import SimilarRoom
from neuroscope.jobs.similar_service import SimilarService
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.similar import CaseFacts, Embedded, Entry, VectorSpace
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Slice
from neuroscope.settings import Settings
from neuroscope.store.database import Store, open_store
from neuroscope.store.registration import note_shipped
from neuroscope.store.studies import save_study

SLICES, STUDIES, ASKED, WARM = 10_000, 20, 200, 5
CLASSES = ("glioma", "meningioma", "pituitary", "notumor")
WEB_PROCESS = """
import neuroscope.api.app
print(next(int(l.split()[1]) / 1024 for l in open('/proc/self/status') if l.startswith('VmRSS')))
"""


def main() -> None:
    """Measure and write `results/similar_panel.json`."""
    load = os.getloadavg()[0]
    with TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home", threads=1)
        store = open_store(settings)
        note_shipped(store)
        room = SimilarRoom(store, settings)
        rng = np.random.default_rng(0)
        room.index(make=True).add(_vectors(room.embedder().space, rng))
        studies = [_study(store, number, rng) for number in range(STUDIES)]
        service = SimilarService(room)
        times = {
            text: [_ask(store, studies[n % STUDIES], text) for n in range(WARM + ASKED)][WARM:]
            for text in ("", "class=glioma age=40..60")
        }
        service.close()
        store.close()
    rows = []
    for text, ms in times.items():
        with_what = "with a filter" if text else "without a filter"
        rows.append(row(f"answer for the panel, {with_what}", ms, "ms", target="<= 300"))
        rows.append(row(f"95th percentile, {with_what}", [float(np.percentile(ms, 95))], "ms"))
    rows.append(row("memory of the web process", [_web_process_mib()], "MiB", target="< 300"))
    asked = (
        f"{SLICES} slices of as many patients, {ASKED} questions each, one after the other, from "
        "the call over the socket to the answer; pictures of the cards come afterwards."
    )
    web = "The web process was measured after its imports; LanceDB would cost it 110 MiB more."
    notes = [asked, web]
    question = "How long does a page wait for similar cases?"
    write(Answer(question, rows, notes), "similar_panel", load)


def _web_process_mib() -> float:
    told = subprocess.run(
        [sys.executable, "-c", WEB_PROCESS], check=True, capture_output=True, text=True
    )
    return float(told.stdout)


def _vectors(space: VectorSpace, rng: np.random.Generator) -> Embedded:
    centers = rng.normal(size=(4, space.dimension))
    kind = rng.integers(0, 4, SLICES)
    vectors = centers[kind] + 0.8 * rng.normal(size=(SLICES, space.dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    entries = tuple(
        Entry(
            f"study{n}/x/0/slice0",
            "slice",
            f"study{n}",
            f"NS-{n}",
            f"NS-{n}",
            "x",
            0,
            f"cut {n}",
            CaseFacts(
                label=CLASSES[kind[n]],
                label_source="reference",
                sequence="t1c",
                age=float(rng.uniform(20, 80)),
                source=f"scanner {n % 7}",
            ),
        )
        for n in range(SLICES)
    )
    return Embedded(space, entries, vectors.astype(np.float32))


def _study(store: Store, number: int, rng: np.random.Generator) -> str:
    pixels = rng.integers(0, 200, (64, 64)).astype(np.uint8)
    study = Study(f"study{number}", f"NS-{number}", (Series("x", "slice"),))
    imported = ImportedStudy(study, {}, {"x": (Slice(pixels, "cut"),)}, f"{number:064}")
    return save_study(store, imported).study_id


def _ask(store: Store, study_id: str, text: str) -> float:
    asked = {"study_id": study_id, "reader": "ann", "filter": text}
    start = time.perf_counter()
    ask_worker(store.home, store.key, {"what": "search", "asked": asked})
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
