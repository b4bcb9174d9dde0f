"""`neuroscope demo`: synthetic studies, analyzed, in the browser."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.cli.serve import run_server
from neuroscope.errors import NeuroscopeError
from neuroscope.records.progress import Progress
from neuroscope.settings import Limits, Settings, read_settings

if TYPE_CHECKING:
    from neuroscope.jobs.queue import JobQueue
    from neuroscope.store.database import Store
    from neuroscope.store.jobs import Job

CHUNK_BYTES = 8 * 1024**2
LOOK_EVERY_S = 0.3
NOT_HANDED_IN = ("truth.json", "segmentation.nii.gz")  # the answers


def demo(
    folder: Annotated[
        Path, typer.Option("--dir", help="Folder of the demo: its studies and its own store.")
    ] = Path("demo"),
    port: Annotated[int | None, typer.Option(help="Port (NEUROSCOPE_PORT).", min=0)] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    once: Annotated[
        bool, typer.Option("--once", help="Stop after the set-up, without starting the server.")
    ] = False,
) -> None:
    """Make synthetic studies, analyze them, open the workbench. Your own store is not touched."""
    settings = read_settings()
    demo_settings = replace(
        settings,
        home=(folder / "store").resolve(),
        database_url="",
        port=settings.port if port is None else port,
    )
    prepare(folder / "studies", demo_settings)
    if once:
        tell(f"The demo is ready in {folder}. Open it with: neuroscope demo --dir {folder}")
    else:
        run_server(demo_settings, browser=browser)


def prepare(studies: Path, settings: Settings) -> None:
    """Make the studies and analyze them; what an earlier run has done is kept.

    Raises
    ------
    NeuroscopeError
        If a study could not be analyzed.
    """
    from neuroscope.jobs.queue import JobQueue
    from neuroscope.phantom.demo import make_demo
    from neuroscope.store.database import open_store
    from neuroscope.store.jobs import list_jobs

    with bars() as progress:
        if not studies.exists():
            say("Making synthetic studies (no patient data).")
            for study in make_demo(studies, bar(progress, "Making studies")):
                say(f"  {study.name}: {study.description}")
        store = open_store(settings)
        try:
            queue = JobQueue(store, settings)
            try:
                if not list_jobs(store):
                    hand_in(studies, store, queue, settings.limits)
                queue.put_again()
            finally:
                queue.close()
            work_off(store, settings, bar(progress, "Analyzing"))
        finally:
            store.close()


def hand_in(studies: Path, store: "Store", queue: "JobQueue", limits: Limits) -> None:
    """Upload every study, as the page does."""
    from neuroscope.store.uploads import append, create_upload

    for study in sorted(studies.iterdir()):
        paths = sorted(path for path in study.rglob("*") if path.is_file()) or [study]
        paths = [path for path in paths if path.name not in NOT_HANDED_IN]
        named = [(str(path.relative_to(studies)), path.stat().st_size) for path in paths]
        upload = create_upload(store, named, limits)
        for index, path in enumerate(paths):
            for offset, chunk in _chunks(path):
                append(store, upload.id, index, offset=offset, chunk=chunk)
        queue.put_upload(upload.id)


def _chunks(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield file.tell() - len(chunk), chunk


def work_off(store: "Store", settings: Settings, progress: Progress) -> None:
    """Keep a worker running until nothing waits.

    Raises
    ------
    NeuroscopeError
        If a job failed.
    """
    from neuroscope.store.jobs import ACTIVE, list_jobs

    if list_jobs(store, states=ACTIVE):
        say("Analyzing the studies.")
        with _worker(settings) as look_after:
            while list_jobs(store, states=ACTIVE):
                look_after()
                progress(_done(list_jobs(store)))
                time.sleep(LOOK_EVERY_S)
    progress(1.0)
    problems = [job.problem for job in list_jobs(store, states=("failed",)) if job.problem]
    if problems:
        raise NeuroscopeError(problems[0].detail, fix=problems[0].fix)


def _done(jobs: "tuple[Job, ...]") -> float:
    return sum(1.0 if job.state == "done" else job.progress for job in jobs) / max(1, len(jobs))


@contextmanager
def _worker(settings: Settings) -> Iterator[Callable[[], None]]:
    from neuroscope.api.serve import Worker

    worker = Worker(settings)
    try:
        yield worker.look_after
    finally:
        worker.end()
