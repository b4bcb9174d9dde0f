"""Ask for a map of another explanation method. Light: nothing heavy is imported."""

from importlib.util import find_spec

from neuroscope.errors import ConflictError
from neuroscope.records.explanationmethod import ExplanationMethod, method_named
from neuroscope.store.database import Store
from neuroscope.store.explanations import Asked, find_explanation, note_asked
from neuroscope.store.jobs import ACTIVE, Job, add_job, read_job

SET_UP = "Run in your clone: make setup, or pip install -c constraints.txt -e '.[explain]'"


def missing_for(method: ExplanationMethod) -> str | None:
    """Name a package that a method needs and that is not installed; nothing is imported."""
    return next((name for name in method.packages if find_spec(name) is None), None)


def note_explanation(store: Store, asked: Asked, *, actor: str) -> tuple[Job, bool]:
    """Note a job that makes a map, and tell whether it is new.

    A map that is there, or that someone waits for, is answered with its own job.

    Raises
    ------
    BadInputError
        For an unknown method.
    ConflictError
        If what the method needs is not installed.
    NotFoundError
        If the slice was not analyzed.
    """
    method = method_named(asked.method)
    missing = missing_for(method)
    if missing is not None:
        raise ConflictError(f"{method.title} needs {missing}, which is not installed.", fix=SET_UP)
    return _noted(store, asked, actor, keeps=True)


def note_replacement(store: Store, asked: Asked, *, actor: str) -> tuple[Job, bool]:
    """Note a job that replaces a part of a slice, and tell whether it is new.

    Only one that someone waits for is answered with its own job: an outline may have changed.

    Raises
    ------
    ConflictError
        If what it needs is not installed.
    NotFoundError
        If the slice was not analyzed.
    """
    missing = missing_for(method_named("evidence"))
    if missing is not None:
        raise ConflictError(f"Replacing needs {missing}, which is not installed.", fix=SET_UP)
    return _noted(store, asked, actor, keeps=False)


def _noted(store: Store, asked: Asked, actor: str, *, keeps: bool) -> tuple[Job, bool]:
    with store.reading() as session:
        there = find_explanation(session, asked)
    if there is not None:
        job = read_job(store, there.job_id)
        if (keeps and there.maps is not None) or job.state in ACTIVE:
            return job, False
    with store.transaction() as session:
        # It belongs to no study: asking for a map must not make the study look unfinished.
        job = add_job(session, "explain", actor=actor)
        note_asked(session, asked, job.id)
    return job, True
