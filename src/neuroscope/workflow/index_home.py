"""Where the index of past cases lives, and what is kept beside its vectors."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.errors import BadInputError, StorageError
from neuroscope.records.metric import Metric
from neuroscope.records.similar import VectorSpace
from neuroscope.retrieve.chroma_index import open_chroma_index, remove_chroma_index
from neuroscope.retrieve.chroma_server import ChromaServer
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
METRIC = "metric.json"  # learned from judgments; it outlives a rebuild with the same network
KEPT = "renewal.json"  # what is known of cases whose vectors are being made again


def open_index(
    home: Path, store: Store | None, embedder: Embedder | None, *, vectors: str = ""
) -> VectorIndex:
    """Open the index of a store: Chroma if named, PostgreSQL with pgvector, else LanceDB in `home`.

    Parameters
    ----------
    home
        Folder of the index.
    store
        None for an index that stands alone in `home`.
    embedder
        Makes the index if it is not there; None only opens.
    vectors
        URL of a Chroma server (`NEUROSCOPE_VECTORS`); an index that stands alone ignores it.
    """
    space = embedder.space if embedder else None
    if store is not None and vectors:
        return open_chroma_index(ChromaServer(vectors), space)
    if store is not None and has_pgvector(store.engine):
        return open_pgvector_index(store.engine, space)
    return open_lance_index(home / VECTORS, space)


def remove_index(
    home: Path, store: Store | None, *, vectors: str = "", with_sources: bool = True
) -> None:
    """Delete an index, whole or broken, and what stands beside it.

    Parameters
    ----------
    vectors
        As `open_index` takes it.
    with_sources
        Forget, too, which files the cases of folders came from.
    """
    if store is not None and vectors:
        remove_chroma_index(ChromaServer(vectors))
    if store is not None and has_pgvector(store.engine):
        remove_pgvector_index(store.engine)
    remove_lance_index(home / VECTORS)
    (home / CALIBRATION).unlink(missing_ok=True)
    if with_sources:
        (home / SOURCES).unlink(missing_ok=True)


def read_kept(home: Path) -> dict[str, dict[str, Any]] | None:
    """Read what is known of the cases whose vectors are being made again; None if none are."""
    kept: dict[str, dict[str, Any]] | None = _read_json(home / KEPT, None)
    return kept


def write_kept(home: Path, kept: Mapping[str, Mapping[str, Any]] | None) -> None:
    """Keep what is known of cases before their vectors are deleted; None when all is done."""
    if kept is None:
        (home / KEPT).unlink(missing_ok=True)
    else:
        _write_json(home / KEPT, kept)


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


def read_metric(home: Path, space: VectorSpace) -> Metric | None:
    """Read the metric that readers' judgments taught; None if there is none for this space.

    Raises
    ------
    StorageError
        If the file is damaged.
    """
    kept = _read_json(home / METRIC, None)
    if kept is None:
        return None
    try:
        learned = VectorSpace(**kept["space"])
        if learned != space:
            return None
        return Metric(space, np.asarray(kept["scales"], np.float32))
    except (TypeError, ValueError, KeyError, BadInputError) as error:
        raise StorageError(
            f"'{METRIC}' beside the index is damaged.",
            fix="Learn it again: neuroscope learn-similar.",
        ) from error


def write_metric(home: Path, metric: Metric | None, told: Mapping[str, Any]) -> None:
    """Keep a learned metric and what is told of it; None goes back to the plain cosine."""
    if metric is None:
        (home / METRIC).unlink(missing_ok=True)
        return
    scales = [round(float(scale), 6) for scale in metric.scales]
    _write_json(home / METRIC, {**told, "space": asdict(metric.space), "scales": scales})


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
