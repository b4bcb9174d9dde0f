"""What the worker needs to search past cases: their index and the active network, kept open."""

import logging
from pathlib import Path
from threading import RLock
from typing import Any

from neuroscope.errors import NeuroscopeError, NotFoundError
from neuroscope.io.reader import read_study
from neuroscope.models.inference import SHIPPED_WEIGHTS, load_engine
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.progress import Progress
from neuroscope.report.similar import similar_json
from neuroscope.retrieve.embed import Embedder, make_embedder
from neuroscope.retrieve.index import VectorIndex
from neuroscope.settings import Settings
from neuroscope.store.database import Store
from neuroscope.store.models import EVIDENCE, active_model, weights_folder
from neuroscope.store.studies import load_study
from neuroscope.store.worklist import worklist
from neuroscope.workflow.index_home import (
    VECTORS,
    noted_cases,
    open_index,
    read_calibration,
    read_metric,
    source_of,
)
from neuroscope.workflow.past_cases import Filled, add_study
from neuroscope.workflow.renew_index import refresh_labels, renew_index
from neuroscope.workflow.similar_stored import Asked, PastCases, similar_to

log = logging.getLogger(__name__)
IN_REPORT = 5  # similar cases that stand in a report
PAGE = 200
SETTLE_EVERY = 32  # additions: each is a file of its own until then


class SimilarRoom:
    """Owns the open index and the network that embeds; several threads may ask it."""

    def __init__(self, store: Store, settings: Settings, *, weights: Path | None = None) -> None:
        self.store = store
        self.home = settings.home / "similar"
        self.lock = RLock()
        self._settings = settings
        self._weights = weights
        self._embedder: Embedder | None = None
        self._index: VectorIndex | None = None
        self._seen: tuple[int, ...] = ()
        self._added = 0

    def embedder(self) -> Embedder:
        """Give the active network, loaded anew when another was promoted."""
        with self.lock:
            active = active_model(self.store, EVIDENCE)
            loaded = None if self._embedder is None else self._embedder.space.sha256
            is_current = active is None or loaded == active.model.sha256
            if self._embedder is None or not (is_current or self._weights):
                folder = self._weights
                if folder is None and active is not None:
                    folder = weights_folder(self.store, active)
                folder = folder or SHIPPED_WEIGHTS
                engine = load_engine(threads=self._settings.threads, weights=folder)
                self._embedder = make_embedder(
                    engine, threads=self._settings.threads, weights=folder
                )
            return self._embedder

    def index(self, *, make: bool = False) -> VectorIndex:
        """Open the index, again if another program changed it; with `make`, make it if need be.

        Raises
        ------
        NotFoundError, ConflictError, StorageError
            As `open_lance_index`; an index of another network is refused here only with `make`.
        """
        with self.lock:
            changed = self._state() != self._seen
            if self._index is None or changed:
                self._let_go()
                embedder = self.embedder() if make else None
                self._index = open_index(
                    self.home, self.store, embedder, vectors=self._settings.vectors
                )
                self._seen = self._state()
            elif make:
                self._index.space.require_same(self.embedder().space)
            return self._index

    def past(self) -> PastCases:
        """Give all that answers a question."""
        index = self.index()
        return PastCases(
            self.store,
            index,
            self.embedder(),
            read_calibration(self.home),
            self.load,
            read_metric(self.home, index.space),
        )

    def add(self, study_id: str, analysis_id: str) -> None:
        """Add the vectors of a study as an analysis found it, or replace them."""
        with self.lock:
            index, embedder = self.index(make=True), self.embedder()
        # Seconds for a volume: who asks meanwhile need not wait.
        add_study(self.store, study_id, analysis_id, index, embedder)
        with self.lock:
            self._added += 1
            if self._added % SETTLE_EVERY == 0:
                index.settle()
            self._seen = self._state()

    def for_report(self, study_id: str, analysis_id: str) -> dict[str, Any]:
        """Find the similar cases that stand in the report of a study."""
        asked = Asked(study_id, most=IN_REPORT, analysis_id=analysis_id)
        return similar_json(similar_to(asked, self.past()))

    def forget_deleted(self) -> int:
        """Delete the vectors of studies that are gone, and take over labels of readers."""
        try:
            index = self.index()
            entries = index.fetch(()).entries
            kept = {*self._studies(), *noted_cases(self.home)}
            gone = sorted({entry.case_id for entry in entries} - kept)
            index.delete(gone)
            refresh_labels(self.store, index)
        except NeuroscopeError as error:  # none yet, or a broken one: a person decides
            log.info("past cases stay as they are: %s", type(error).__name__)
            return 0
        return len(gone)

    def forget(self, study_id: str) -> None:
        """Delete the vectors of one study."""
        with self.lock:
            self.index().delete([study_id])
            self._seen = self._state()

    def renew(self, *, force: bool, progress: Progress) -> Filled:
        """Bring the index up to date, made again where need be.

        Questions are answered meanwhile from what is there.
        """
        embedder = self.embedder()
        with self.lock:
            self._let_go()
        return renew_index(
            self.home,
            self.store,
            embedder,
            load=self.load,
            vectors=self._settings.vectors,
            force=force,
            progress=progress,
        )

    def load(self, case_id: str) -> ImportedStudy | None:
        """Give the images of a past case, if they are at hand."""
        file = source_of(self.home, case_id)
        if file is not None:
            return read_study(file, key=self.store.key, limits=self._settings.limits)
        try:
            return load_study(self.store, case_id)
        except NotFoundError:
            return None

    def close(self) -> None:
        """Give back what is open."""
        with self.lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None

    def _studies(self) -> set[str]:
        found: set[str] = set()
        after = None
        while True:
            rows, _ = worklist(self.store, after=after, limit=PAGE)
            found.update(row.id for row in rows)
            if len(rows) < PAGE:
                return found
            after = rows[-1].created, rows[-1].id

    def _state(self) -> tuple[int, ...]:
        """Tell, without reading it, whether the folder of the index was changed."""
        folder = self.home / VECTORS
        watched = (folder, folder / "space.json", folder / "entries.lance" / "_versions")
        return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in watched)
