"""Where the index of past cases lives, and what is kept beside its vectors."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neuroscope.errors import StorageError
from neuroscope.retrieve.conditions import one_of
from neuroscope.retrieve.embed import Embedder
from neuroscope.retrieve.index import VectorIndex
from neuroscope.retrieve.lance_index import open_lance_index, remove_lance_index
from neuroscope.retrieve.pgvector_index import (
    has_pgvector,
    open_pgvector_index,
    remove_pgvector_index,
)
from neuroscope.retrieve.trust import Clarity, calibrate
from neuroscope.store.database import Store

VECTORS, CALIBRATION, SOURCES = "vectors", "calibration.json", "sources.json"


def open_index(home: Path, store: Store | None, embedder: Embedder | None) -> VectorIndex:
    """Open the index of a store: in PostgreSQL if it offers pgvector, else LanceDB in `home`.

    Parameters
    ----------
    home
        Folder of the index.
    store
        None for an index that stands alone in `home`.
    embedder
        Makes the index if it is not there; None only opens.
    """
    space = embedder.space if embedder else None
    if store is not None and has_pgvector(store.engine):
        return open_pgvector_index(store.engine, space)
    return open_lance_index(home / VECTORS, space)


def remove_index(home: Path, store: Store | None) -> None:
    """Delete an index, whole or broken, and what stands beside it."""
    if store is not None and has_pgvector(store.engine):
        remove_pgvector_index(store.engine)
    remove_lance_index(home / VECTORS)
    for name in (CALIBRATION, SOURCES):
        (home / name).unlink(missing_ok=True)


def note_sources(home: Path, files: Mapping[str, Path]) -> None:
    """Note which file each case of a folder came from, beside those noted before."""
    noted = {case_id: str(path) for case_id, path in files.items()}
    _write_json(home / SOURCES, _read_json(home / SOURCES, {}) | noted)


def noted_cases(home: Path) -> tuple[str, ...]:
    """Name the cases that came from folders."""
    return tuple(_read_json(home / SOURCES, {}))


def source_of(home: Path, case_id: str) -> Path | None:
    """Name the file that a case of a folder came from, if it is still there."""
    noted = _read_json(home / SOURCES, {}).get(case_id)
    return Path(noted) if noted and Path(noted).exists() else None


def calibrate_votes(home: Path, index: VectorIndex) -> tuple[Clarity, ...]:
    """Ask how often the neighbors' vote is right in this index, and keep the answer beside it."""
    past = index.fetch([one_of("kind", ["slice"])])
    found = calibrate(past) if past.entries else ()
    _write_json(home / CALIBRATION, [clarity.as_dict() for clarity in found])
    return found


def read_calibration(home: Path) -> tuple[Clarity, ...]:
    """Read what `calibrate_votes` kept; empty if nothing was."""
    return tuple(Clarity(**one) for one in _read_json(home / CALIBRATION, []))


def _read_json(path: Path, otherwise: Any) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return otherwise
    except (OSError, ValueError) as error:
        raise StorageError(
            f"'{path.name}' beside the index is damaged.",
            fix="Make the index again: neuroscope index --rebuild.",
        ) from error


def _write_json(path: Path, content: object) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        part.write_text(json.dumps(content, indent=1), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise StorageError(
            f"'{path.name}' cannot be written ({error.strerror}).", fix="Check free disk space."
        ) from error
