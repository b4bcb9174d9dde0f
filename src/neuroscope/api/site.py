"""Deliver the built page: its files, and its front page for every address inside it."""

from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

NOT_BUILT = """The Neuroscope server runs, but its page has not been built.

Fix: run `make web` in the repository, then reload this page.
The API answers under /api (see /api/openapi.json).
"""


def add_site(app: FastAPI, folder: Path | None = None) -> None:
    """Serve the page from a folder (the one in the package unless given)."""
    root = (folder or Path(str(files("neuroscope"))) / "web").resolve()

    @app.get("/{path:path}", include_in_schema=False)
    def get_page(path: str) -> Response:
        """Send a file of the page, or its front page."""
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404, "There is nothing at this address.")
        front = root / "index.html"
        if not front.is_file():
            return PlainTextResponse(NOT_BUILT, status_code=200 if path == "" else 404)
        wanted = (root / path).resolve()
        if wanted.is_file() and wanted.is_relative_to(root):
            hashed = path.startswith("assets/")
            keep = "public, max-age=31536000, immutable" if hashed else "no-cache"
            return FileResponse(wanted, headers={"Cache-Control": keep})
        if Path(path).suffix and not path.endswith(".html"):
            raise HTTPException(404, "There is no such file.")
        return FileResponse(front, headers={"Cache-Control": "no-cache"})
