"""Write the files of one analysis: all of them, or none."""

import csv
import errno
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neuroscope.errors import BadInputError, StorageError
from neuroscope.io.earlier_results import MARKED, RESULT, is_named_as_result, is_result

COLUMNS = (
    "file",
    "label",
    "p_glioma",
    "p_meningioma",
    "p_pituitary",
    "p_notumor",
    "cautions",
)


def check_folder(out: Path, *, overwrite: bool) -> None:
    """Refuse an output folder before any work is done, rather than after.

    Raises
    ------
    BadInputError
        If `out` is a file; if it holds anything but an earlier result and `overwrite` was not
        asked for; if it was, but a file that is no result of ours bears the name of one.
    """
    if out.exists() and not out.is_dir():
        raise BadInputError(f"'{out.name}' is a file, not a folder.", fix="Name a folder.")
    if not out.is_dir():
        return
    others = set(out.iterdir()) - set(_earlier_results(out))
    in_the_way = sorted(path.name for path in others if is_named_as_result(path.name))
    if overwrite and in_the_way:
        raise BadInputError(
            f"'{in_the_way[0]}' in the folder '{out.name}' is in the way, and no result of ours.",
            fix="Name a new folder, or move it away: --overwrite replaces results only.",
        )
    if others and not overwrite:
        raise BadInputError(
            f"The folder '{out.name}' is not empty.",
            fix="Name a new folder, or add --overwrite: results are replaced, other files kept.",
        )


def check_same_study(out: Path, content_sha256: str, *, overwrite: bool) -> None:
    """Refuse to replace the result of other images; the same images may be analyzed again.

    Raises
    ------
    BadInputError
        If `out` holds the result of other images and `overwrite` was not asked for.
    """
    if overwrite or not _earlier_results(out):
        return
    try:
        earlier = json.loads((out / RESULT).read_text(encoding="utf-8"))["study"]["content_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        earlier = ""
    if earlier != content_sha256:
        raise BadInputError(
            f"The folder '{out.name}' holds the result of other images.",
            fix="Name a new folder, or add --overwrite to replace the result.",
        )


@contextmanager
def result_folder(out: Path) -> Iterator[Path]:
    """Give a temporary folder beside `out` to fill; its files move to `out` when all went well.

    Results of an earlier analysis in `out` are replaced; files of other kinds are left alone.

    Raises
    ------
    StorageError
        If the disk refuses.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        filling = Path(tempfile.mkdtemp(prefix=f".{out.name}-", suffix=".part", dir=out.parent))
    except OSError as error:
        raise _refused(error) from error
    try:
        yield filling
        filling.chmod(0o755)
        _put(filling, out)
    except OSError as error:
        raise _refused(error) from error
    finally:
        shutil.rmtree(filling, ignore_errors=True)


def _put(filling: Path, out: Path) -> None:
    if not out.exists():
        filling.rename(out)
        return
    for old in _earlier_results(out):
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()
    for new in sorted(filling.iterdir(), key=lambda path: path.name == RESULT):
        new.rename(out / new.name)  # result.json last: where it is, all is


def _earlier_results(out: Path) -> list[Path]:
    """List the files of an earlier result, its result.json first; none without our mark."""
    if not any(is_result(out / name) for name in MARKED):
        return []
    named = (path for path in out.iterdir() if is_named_as_result(path.name))
    return sorted(named, key=lambda path: path.name != RESULT)


def _refused(error: OSError) -> StorageError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return StorageError(
        "The disk is full." if full else f"The results cannot be written ({error.strerror}).",
        fix="Free some space and run it again." if full else "Name a folder that you may write to.",
    )


def write_json(content: object, path: Path) -> None:
    """Write JSON that a person can read."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_table(rows: list[tuple[str, ...]], path: Path) -> None:
    """Write `predictions.csv`: UTF-8, comma separated, one row for every slice."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
