"""Make the index of past cases anew with another network, and keep it in step with the store.

A renewal may be stopped at any moment and goes on where it was: what was known of the cases is
written beside the index before the old vectors are deleted.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from neuroscope.errors import NeuroscopeError, StorageError
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.similar import CaseFacts, Embedded, Entry
from neuroscope.retrieve.conditions import one_of
from neuroscope.retrieve.embed import Embedder
from neuroscope.retrieve.index import VectorIndex
from neuroscope.store.database import Store
from neuroscope.store.reader_labels import read_all_labels
from neuroscope.workflow.index_home import (
    calibrate_votes,
    open_index,
    read_kept,
    remove_index,
    source_of,
    write_kept,
)
from neuroscope.workflow.past_cases import Filled, PastCase, fill_from_store, fill_with

log = logging.getLogger(__name__)
Load = Callable[[str], ImportedStudy | None]
Opened = Callable[[Embedder | None], VectorIndex]
OF_THE_CASE = ("age", "grade", "site", "source", "date", "volume_ml")
SHARED = ("sequence", "plane")  # kept where all images of the case have the same


def renew_index(
    home: Path,
    store: Store | None,
    embedder: Embedder,
    *,
    load: Load,
    vectors: str = "",
    force: bool = False,
    progress: Progress = ignore,
) -> Filled:
    """Bring the index up to date with the store and with the network; go on if it was stopped.

    Vectors of another network are made again, those of cases from folders too, while their files
    are where they were. Vectors of this network stay, unless `force`.

    Parameters
    ----------
    home, store, vectors
        As `open_index` takes them.
    load
        Gives the images of a case that came from a folder.
    force
        Make all vectors again, also of a broken index.

    Raises
    ------
    StorageError
        If the index is broken, and `force` was not given.
    """
    kept = read_kept(home)

    def opened(of: Embedder | None) -> VectorIndex:
        return open_index(home, store, of, vectors=vectors)

    if kept is None and _must_go(opened, embedder, force=force):
        kept = _known_cases(opened)
        write_kept(home, kept)
        remove_index(home, store, vectors=vectors, with_sources=False)
    index = opened(embedder)
    try:
        filled = Filled(0, 0, ())
        if store is not None:
            first = _part_of(progress, 0.0, 0.5 if kept else 1.0)
            filled = fill_from_store(store, index, embedder, home=home, progress=first)
            refresh_labels(store, index)
        if kept is not None:
            again = [
                PastCase(case_id, case_id, _from_kept(case_id, known, load))
                for case_id, known in kept.items()
                if source_of(home, case_id) is not None
            ]
            more = fill_with(again, index, embedder, _part_of(progress, 0.5, 0.5))
            filled = Filled(
                filled.added + more.added,
                filled.known + more.known,
                (*filled.skipped, *more.skipped),
            )
        calibrate_votes(home, index)
    finally:
        index.close()
    write_kept(home, None)
    return filled


def refresh_labels(store: Store, index: VectorIndex) -> int:
    """Give cases of the store the labels that readers have agreed on since; count the cases."""
    said: dict[str, set[str]] = {}
    for told in read_all_labels(store):
        said.setdefault(told.study_id, set()).add(str(told.label))
    agreed = {study: min(labels) for study, labels in said.items() if len(labels) == 1}
    stale = {
        entry.case_id
        for entry in index.fetch(()).entries
        if entry.case_id in agreed
        and (entry.facts.label, entry.facts.label_source) != (agreed[entry.case_id], "reader")
    }
    for study_id in sorted(stale):
        found = index.fetch([one_of("case_id", [study_id])])
        label = agreed[study_id]
        entries = tuple(
            replace(e, facts=replace(e.facts, label=label, label_source="reader"))
            for e in found.entries
        )
        index.add(Embedded(found.space, entries, found.vectors))
    return len(stale)


def _part_of(progress: Progress, start: float, share: float) -> Progress:
    return lambda done: progress(start + share * done)


def _must_go(opened: Opened, embedder: Embedder, *, force: bool) -> bool:
    """Tell whether vectors are there that cannot stay."""
    try:
        index = opened(None)
    except StorageError:
        if not force:
            raise
        return True
    except NeuroscopeError:  # none yet
        return False
    try:
        return force or index.space != embedder.space
    finally:
        index.close()


def _known_cases(opened: Opened) -> dict[str, dict[str, Any]]:
    """Say what the index knows of its cases that their images do not tell; nothing if broken."""
    try:
        index = opened(None)
        entries = index.fetch(()).entries
        index.close()
    except NeuroscopeError as error:
        log.warning("what was known of the cases is lost: %s", error.problem)
        return {}
    cases: dict[str, list[Entry]] = {}
    for entry in entries:
        cases.setdefault(entry.case_id, []).append(entry)
    return {
        case_id: {
            "patient": some[0].patient,
            "group": some[0].group,
            "facts": asdict(_facts_of(some)),
        }
        for case_id, some in cases.items()
    }


def _facts_of(entries: list[Entry]) -> CaseFacts:
    first = entries[0].facts
    kept = {name: getattr(first, name) for name in OF_THE_CASE}
    for name in SHARED:
        values = {getattr(entry.facts, name) for entry in entries}
        kept[name] = values.pop() if len(values) == 1 else None
    if first.label_source != "model":  # what a network said is said anew by the next
        kept |= {"label": first.label, "label_source": first.label_source}
    return CaseFacts(**kept)


def _from_kept(
    case_id: str, known: dict[str, Any], load: Load
) -> Callable[[], tuple[ImportedStudy, CaseFacts, str, str]]:
    def read() -> tuple[ImportedStudy, CaseFacts, str, str]:
        imported = load(case_id)
        if imported is None:
            raise StorageError("Its file is gone.", fix="Put it back, or index its folder again.")
        return imported, CaseFacts(**known["facts"]), known["patient"], known["group"]

    return read
