"""Describe the API as it is: who may ask, and that every error is a problem with a fix."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from neuroscope.api.problem_schema import ProblemOut
from neuroscope.api.training_schema import LiveOut
from neuroscope.settings import RESEARCH_USE

ABOUT = f"""The local API of Neuroscope. {RESEARCH_USE}

Every call except `GET /api/health` needs the launch token that `neuroscope serve` prints: in the
cookie that opening its link sets, or as `Authorization: Bearer TOKEN`.
Every error answers as `application/problem+json` (RFC 9457) with the extra member `fix`.
"""
PROBLEMS = {
    "400": "The request cannot be used.",
    "401": "The launch token is missing or wrong.",
    "403": "A page of another site asked for a change.",
    "404": "There is nothing under this id.",
    "409": "The state on the server is another.",
    "413": "Too large.",
    "421": "The server does not answer under this host name.",
    "422": "A value does not fit.",
    "507": "The disk or the database refused.",
}
EVERYWHERE = ("401", "421", "422", "507")


def describe(app: FastAPI) -> None:
    """Make the app describe its errors as they are: problems with a fix."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # how FastAPI wants it


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=ABOUT, routes=app.routes
    )
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for model in (ProblemOut, LiveOut):  # no route says that it answers with these
        said = model.model_json_schema(
            mode="serialization", ref_template="#/components/schemas/{model}"
        )
        for name, schema in said.pop("$defs", {}).items():
            schemas.setdefault(name, schema)
        schemas[model.__name__] = said
    document["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "The launch token."}
    }
    document["security"] = [{"token": []}]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _add_problems(path, method, operation)
    return document


def _add_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    statuses = set(EVERYWHERE)
    if path == "/api/health":
        operation["security"] = []
        statuses = {"421"}
    if "{" in path:
        statuses.add("404")
    if method != "get":
        statuses |= {"400", "403", "409", "413"}
    statuses |= PROBLEMS.keys() & operation["responses"].keys()  # which the route itself named
    for status in sorted(statuses):
        operation["responses"][status] = {
            "description": PROBLEMS[status],
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}
            },
        }
