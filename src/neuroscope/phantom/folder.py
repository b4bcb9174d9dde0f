"""A folder that is either whole or absent."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neuroscope.errors import ConflictError, StorageError


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; it takes the name `out` only when all went well.

    An interrupt, an error or a full disk leaves nothing behind that looks whole.

    Raises
    ------
    ConflictError
        If `out` holds files already.
    StorageError
        If the disk refuses.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise ConflictError(
            f"'{out.name}' is not an empty folder.", fix="Name a new folder, or empty this one."
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        filling = Path(tempfile.mkdtemp(prefix=f".{out.name}-", suffix=".part", dir=out.parent))
    except OSError as error:
        raise _refused(error) from error
    try:
        yield filling
        filling.chmod(0o755)
        if out.is_dir():
            out.rmdir()
        filling.rename(out)
    except OSError as error:
        raise _refused(error) from error
    finally:
        shutil.rmtree(filling, ignore_errors=True)


def _refused(error: OSError) -> StorageError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    problem = "The disk is full." if full else f"The folder cannot be written ({error.strerror})."
    return StorageError(problem, fix="Make room, or name a folder that you may write to.")
