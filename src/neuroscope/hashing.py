"""The hash by which weights and other files are known."""

import hashlib
from pathlib import Path


def file_sha256(path: Path) -> str:
    """Hash a file's bytes, read piece by piece; hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
