"""The job that brings the index of past cases up to date; stopped, it goes on where it was."""

import logging
import time

from neuroscope.errors import CanceledError, ConflictError, NeuroscopeError, StorageError, places
from neuroscope.jobs.similar_room import SimilarRoom
from neuroscope.records.progress import Progress
from neuroscope.store import jobs
from neuroscope.workflow.index_home import read_kept
from neuroscope.workflow.past_cases import Filled

log = logging.getLogger(__name__)
TELL_EVERY_S = 0.5
MESSAGE = "Reading past cases"


def is_outdated(room: SimilarRoom) -> bool:
    """Tell whether the index holds vectors of another network, or a renewal was cut off."""
    try:
        return read_kept(room.home) is not None or room.index().space != room.embedder().space
    except NeuroscopeError:  # there is none, or it is damaged: a person decides
        return False


def renew(room: SimilarRoom, job_id: str) -> None:
    """Do the job; if it cannot be done, it says why."""
    told_at = 0.0

    def tell(done: float) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= TELL_EVERY_S:
            told_at = time.monotonic()
            if jobs.tell_progress(room.store, job_id, done, MESSAGE).state == "canceled":
                raise CanceledError("The job was canceled.", fix="Ask for it again.")

    try:
        if jobs.tell_progress(room.store, job_id, 0.0, MESSAGE).state not in jobs.ACTIVE:
            raise ConflictError("The job has ended.", fix="Ask for it again.")
        filled = _renewed(room, tell)
    except CanceledError:
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, the person who waits is told
        jobs.fail_job(room.store, job_id, jobs.problem_of(error))
        log.warning("job %s stopped: %s%s", job_id, type(error).__name__, places(error))
        return
    said = f"{filled.added} cases read, {filled.known} known before"
    if filled.skipped:
        said += f", {len(filled.skipped)} could not be read"
    jobs.finish_job(room.store, job_id, message=said)


def _renewed(room: SimilarRoom, tell: Progress) -> Filled:
    try:
        return room.renew(force=False, progress=tell)
    except StorageError:  # broken: what can be made again is
        return room.renew(force=True, progress=tell)
