"""Write the OpenAPI document: `python -m neuroscope.api.openapi docs/reference/openapi.json`."""

import json
import sys
from pathlib import Path

from neuroscope.api.app import create_app
from neuroscope.api.auth import Access
from neuroscope.settings import Settings


def write_document(out: Path) -> None:
    """Write the document that the web client is generated from."""
    app = create_app(
        Settings(home=out.parent), Access("", 0)
    )  # it is not started: no store is made
    out.write_text(json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write_document(Path(sys.argv[1]))
