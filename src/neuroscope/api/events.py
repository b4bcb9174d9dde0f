"""Tell pages what happens to jobs and studies, as server-sent events.

One task watches the table of jobs for all pages, and only while a page listens: an idle server does
nothing. Events are found by comparing what is with what was told, so a page that reconnects is
simply told everything that runs; nothing needs to be kept for it.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import timedelta

from fastapi.concurrency import run_in_threadpool

from neuroscope.api.schemas import JobOut
from neuroscope.errors import StorageError
from neuroscope.store.database import Store
from neuroscope.store.jobs import ACTIVE, Job, list_jobs
from neuroscope.store.tables import now

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.25
HEARTBEAT_S = 15.0
OVERLAP = timedelta(seconds=5)  # a slow transaction may commit a change that is older than others
WAITING = 256  # events that a page may be behind before it is cut off and reconnects


class Feed:
    """Watches the jobs and hands every change to all who listen."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: set[asyncio.Queue[bytes]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watch: asyncio.Task[None] | None = None

    async def subscribe(self) -> AsyncGenerator[bytes]:
        """Yield what runs now, then every change, and a heartbeat in between."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
        self._listeners.add(queue)
        self._loop = asyncio.get_running_loop()
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look())
        try:
            yield b": neuroscope\n\n"
            for job in await run_in_threadpool(list_jobs, self._store, states=ACTIVE):
                yield _event("job", JobOut.model_validate(job).model_dump_json())
            while not queue.full():
                try:
                    yield await asyncio.wait_for(queue.get(), HEARTBEAT_S)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self._listeners.discard(queue)

    async def watch_ended(self) -> None:
        """Wait until nobody listens any more."""
        if self._watch is not None:
            await self._watch

    async def close(self) -> None:
        """Stop watching."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch

    async def _look(self) -> None:
        told: dict[str, Job] = {}
        since = now() - OVERLAP
        while self._listeners:
            try:
                changed = await run_in_threadpool(list_jobs, self._store, since=since)
            except StorageError as error:
                log.warning("events wait: %s", error.problem)
                changed = ()
            for job in reversed(changed):
                if told.get(job.id) != job:
                    self._tell(job, told.get(job.id))
                    told[job.id] = job
                    since = max(since, job.updated - OVERLAP)
            await asyncio.sleep(LOOK_EVERY_S)

    def _tell(self, job: Job, before: Job | None) -> None:
        self._send(_event("job", JobOut.model_validate(job).model_dump_json()))
        if job.study_id is not None and (before is None or _changes_study(before, job)):
            self._tell_study(job.study_id)

    def study_changed(self, study_id: str) -> None:
        """Tell all pages that a study changed or went; may be called from any thread."""
        if self._loop is not None and self._listeners:
            self._loop.call_soon_threadsafe(self._tell_study, study_id)

    def _tell_study(self, study_id: str) -> None:
        self._send(_event("study", json.dumps({"id": study_id})))

    def _send(self, event: bytes) -> None:
        for queue in self._listeners:
            with suppress(asyncio.QueueFull):
                queue.put_nowait(event)


def _changes_study(before: Job, job: Job) -> bool:
    was, is_now = ((one.state, one.study_id, one.stored) for one in (before, job))
    return was != is_now


def _event(name: str, text: str) -> bytes:
    return f"event: {name}\ndata: {text}\n\n".encode()
