"""The secret of this installation, from which pseudonyms and ids are made."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

KEY_NAME = "pseudonym.key"


def read_or_make_key(home: Path, name: str = KEY_NAME) -> bytes:
    """Read a key in a folder, of the store unless told; the first reader makes both.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / name
    if not path.exists():
        written = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was faster: its key counts
            os.link(written, path)
        written.unlink()
    return bytes.fromhex(path.read_text("ascii"))
