"""The one place that maps errors to HTTP: every error answers as an RFC 9457 problem with a fix."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from neuroscope.api.annotation_views import version_out
from neuroscope.api.problem_schema import ProblemOut
from neuroscope.errors import (
    BadInputError,
    CanceledError,
    ConflictError,
    MissingExtraError,
    NeuroscopeError,
    NotFoundError,
    StorageError,
    TooLargeError,
    places,
)
from neuroscope.store.annotations import EditConflictError
from neuroscope.store.uploads import WrongOffsetError

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"

# The first that fits counts.
STATUSES: tuple[tuple[type[NeuroscopeError], int, str], ...] = (
    (NotFoundError, 404, "Not found"),
    (ConflictError, 409, "The state on the server is another"),
    (CanceledError, 409, "Canceled"),
    (TooLargeError, 413, "Too large"),
    (BadInputError, 400, "Bad request"),
    (MissingExtraError, 501, "Not installed"),
    (StorageError, 507, "The store refused"),
    (NeuroscopeError, 500, "Our fault"),
)
FIXES = {
    401: "Open the link that `neuroscope serve` printed, or send its token as a Bearer header.",
    404: "Check the address; /api/openapi.json lists all of them.",
    405: "Check the method; /api/openapi.json lists the one to use.",
}


def problem(
    status: int,
    title: str,
    detail: str,
    fix: str,
    *,
    received: int | None = None,
    conflict: EditConflictError | None = None,
) -> JSONResponse:
    """Answer with a problem."""
    slug = "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
    body = ProblemOut(
        type=f"urn:neuroscope:problem:{slug}",
        title=title,
        status=status,
        detail=detail,
        fix=fix,
        received=received,
        current=None if conflict is None else version_out(conflict.current),
        yours=None if conflict is None else version_out(conflict.yours),
    )
    said = {k: v for k, v in body.model_dump(mode="json").items() if v is not None}
    return JSONResponse(said, status_code=status, media_type=MEDIA_TYPE)


def of_ours(error: NeuroscopeError) -> JSONResponse:
    """Answer for an error of our family."""
    status, title = next((s, t) for kind, s, t in STATUSES if isinstance(error, kind))
    if isinstance(error, WrongOffsetError):
        return problem(status, title, error.problem, error.fix, received=error.received)
    if isinstance(error, EditConflictError):
        return problem(status, title, error.problem, error.fix, conflict=error)
    return problem(status, title, error.problem, error.fix)


def add_problems(app: FastAPI) -> None:
    """Make every error of the app answer as a problem."""

    async def ours(request: Request, error: NeuroscopeError) -> JSONResponse:
        del request
        return of_ours(error)

    async def http(request: Request, error: HTTPException) -> JSONResponse:
        del request
        title = HTTPStatus(error.status_code).phrase
        fix = FIXES.get(error.status_code, "See /api/openapi.json for how to ask.")
        answer = problem(error.status_code, title, str(error.detail), fix)
        answer.headers.update(error.headers or {})
        return answer

    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        del request
        return problem(
            422,
            "The request does not fit",
            _in_words(error.errors()),
            "Correct these values; /api/openapi.json shows an example.",
        )

    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        del request
        # The text of an unknown error may hold a path or a name: only its kind is told.
        log.error("unexpected %s while answering%s", type(error).__name__, places(error))
        return problem(
            500,
            "Our fault",
            f"An unexpected error stopped the answer ({type(error).__name__}).",
            "Try again; if it happens again, please report it.",
        )

    app.exception_handler(NeuroscopeError)(ours)
    app.exception_handler(HTTPException)(http)
    app.exception_handler(RequestValidationError)(invalid)
    app.exception_handler(Exception)(unexpected)


def _in_words(errors: Sequence[Any]) -> str:
    """Say which values are wrong and why, without repeating them (they may be a name)."""
    said = (f"{' > '.join(str(part) for part in e['loc'])}: {e['msg']}" for e in errors[:5])
    return "; ".join(said) + "."
