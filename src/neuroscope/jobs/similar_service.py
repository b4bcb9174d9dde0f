"""Answer questions about similar cases beside the jobs, in a thread of the worker.

A search takes milliseconds and must not wait for an analysis; the web process must not load the
index (110 MB) and cannot load the network.
"""

import base64
import json
import logging
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import NeuroscopeError, places
from neuroscope.jobs.similar_client import ADDRESS, key_of
from neuroscope.jobs.similar_room import SimilarRoom
from neuroscope.records.annotation import Annotation
from neuroscope.records.similar import WhySimilar
from neuroscope.report.similar import similar_json
from neuroscope.store.annotation_reads import read_annotation
from neuroscope.workflow.cohort_map import cohort_map
from neuroscope.workflow.index_home import read_kept
from neuroscope.workflow.similar_stored import Asked, compare_with, similar_to

log = logging.getLogger(__name__)
Json = dict[str, Any]


class SimilarService:
    """Listens until it is closed; every question has a thread of its own."""

    def __init__(self, room: SimilarRoom) -> None:
        self._room = room
        self._network = Lock()
        self._folder = Path(tempfile.mkdtemp(prefix="neuroscope-"))  # its path is short enough
        address = str(self._folder / "similar")
        self._listener = Listener(address, family="AF_UNIX", authkey=key_of(room.store.key))
        self._note = room.store.home / ADDRESS
        self._note.write_text(address, encoding="utf-8")
        self._is_open = True
        Thread(target=self._listen, name="similar", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._is_open = False
        self._note.unlink(missing_ok=True)
        self._listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def answer(self, question: Mapping[str, Any]) -> Json:
        """Answer one question: `what` is search, why, map, state or forget."""
        what = question["what"]
        if what == "state":
            return self._state()
        if what == "map":
            return cohort_map(self._room.index(), most=question["most"])
        if what == "forget":
            self._room.forget(question["study_id"])
            return {}
        past = self._room.past()
        asked = self._asked(question)
        if what == "why":
            with self._network:  # one question at a time; searches need not wait for it
                pair = compare_with(
                    asked, past, query_id=question["query"], match_id=question["match"]
                )
            return _why(pair.why) | {
                "query_picture": _picture(pair.query),
                "match_picture": _picture(pair.match),
                "size": pair.query.shape[0],
            }
        return similar_json(similar_to(asked, past))

    def _asked(self, question: Mapping[str, Any]) -> Asked:
        given = question["asked"]
        drawn = given.get("annotation_id")
        return Asked(
            study_id=given["study_id"],
            series_id=given.get("series_id"),
            slice_index=given.get("slice_index"),
            drawn=self._drawing(given) if drawn else _polygon(given),
            filter_text=given.get("filter", ""),
            most=given.get("most", 10),
            relevant=tuple(given.get("relevant", ())),
            not_relevant=tuple(given.get("not_relevant", ())),
        )

    def _drawing(self, given: Mapping[str, Any]) -> Annotation:
        stored = read_annotation(
            self._room.store,
            given["study_id"],
            given["series_id"],
            given["annotation_id"],
            reader=given["reader"],
        )
        return stored.current.annotation

    def _state(self) -> Json:
        """Say whether the index can be searched, and if not, why and what mends it."""
        room = self._room
        embedder = room.embedder()
        said: Json = {
            "state": "ready",
            "vectors": 0,
            "space": None,
            "active": embedder.space.title,
            "problem": None,
            "fix": None,
            "is_renewed": read_kept(room.home) is not None,
        }
        try:
            index = room.index()
            said |= {"space": index.space.title, "vectors": index.count(())}
            index.space.require_same(embedder.space)
            if not said["vectors"]:
                said["state"] = "empty"
        except NeuroscopeError as error:
            states = {"NotFoundError": "missing", "ConflictError": "stale"}
            state = states.get(type(error).__name__, "damaged")
            said |= {"state": state, "problem": error.problem, "fix": error.fix}
        return said

    def _listen(self) -> None:
        while self._is_open:
            try:
                line = self._listener.accept()
            except (AuthenticationError, EOFError, ConnectionError):
                continue
            except OSError:
                if self._is_open:
                    log.exception("the line for similar cases broke")
                return
            Thread(target=self._serve, args=(line,), name="similar question", daemon=True).start()

    def _serve(self, line: Connection) -> None:
        with line, suppress(EOFError, OSError):
            try:
                said = self.answer(json.loads(line.recv_bytes()))
            except NeuroscopeError as error:
                said = {
                    "error": type(error).__name__,
                    "problem": error.problem,
                    "fix": error.fix,
                }
            except Exception as error:  # noqa: BLE001 - whoever waits is told, without its text
                log.error("unexpected %s%s", type(error).__name__, places(error))
                said = {
                    "error": "NeuroscopeError",
                    "problem": f"An unexpected error stopped the search ({type(error).__name__}).",
                    "fix": "Try again; if it happens again, please report it.",
                }
            line.send_bytes(json.dumps(said).encode())


def _polygon(given: Mapping[str, Any]) -> Annotation | None:
    points = given.get("points_mm")
    if not points:
        return None
    return Annotation(
        id="region",
        series_id=given["series_id"],
        kind="tumor",
        shape="contour",
        points_mm=np.array(points, np.float64),
        author=given["reader"],
        slice_index=given.get("slice_index"),
    )


def _why(why: WhySimilar) -> Json:
    rows, columns = why.query_map.shape
    return {
        "score": why.score,
        "completeness_error": why.completeness_error,
        "rows": rows,
        "columns": columns,
        "query_map": _base64(why.query_map.astype("<f4")),
        "match_map": _base64(why.match_map.astype("<f4")),
    }


def _picture(image: NDArray[np.float32]) -> str:
    return _base64(np.round(image * 255).astype(np.uint8))


def _base64(array: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
