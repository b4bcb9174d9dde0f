"""Fill an index with past cases: from the store, or from a folder. Both may stop and go on."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.io.case_table import CaseRow, read_case_table
from neuroscope.io.deidentify import own_id, pseudonym
from neuroscope.io.reader import read_study
from neuroscope.records.imported import ImportedStudy, Unreadable
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.similar import CaseFacts, Embedded
from neuroscope.retrieve.conditions import one_of
from neuroscope.retrieve.embed import Embedder
from neuroscope.retrieve.index import VectorIndex
from neuroscope.settings import Limits
from neuroscope.store.database import Store
from neuroscope.store.reader_labels import read_all_labels
from neuroscope.store.results import newest_finished, read_analysis
from neuroscope.store.studies import load_study
from neuroscope.store.volumetry import has_volumetry, read_volumetry
from neuroscope.store.worklist import WorklistRow, worklist
from neuroscope.workflow.embed_case import embed_case
from neuroscope.workflow.index_home import note_sources, noted_cases

log = logging.getLogger(__name__)

CASES_AT_ONCE = 32  # in one addition: what a killed process loses at most
PAGE = 100


@dataclass(frozen=True, slots=True)
class Filled:
    """What came of filling an index."""

    added: int
    known: int
    skipped: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class PastCase:
    """A case that may be embedded; `load` reads its images when its turn comes.

    `load` gives the images, what is known of the case, its patient and its leak group.
    """

    id: str
    name: str
    load: Callable[[], tuple[ImportedStudy, CaseFacts, str, str]]


def fill_from_store(
    store: Store,
    index: VectorIndex,
    embedder: Embedder,
    *,
    home: Path,
    progress: Progress = ignore,
) -> Filled:
    """Add every analyzed study of the store that is not in the index yet; forget deleted ones."""
    studies = tuple(_all_studies(store))
    labels: dict[str, list[str]] = {}
    for told in read_all_labels(store):
        labels.setdefault(told.study_id, []).append(str(told.label))
    cases = [
        PastCase(row.id, row.pseudonym, _from_store(store, row.id, labels.get(row.id, [])))
        for row in studies
        if newest_finished(store, row.id) is not None
    ]
    held = {entry.case_id for entry in index.fetch(()).entries}
    index.delete(sorted(held - {row.id for row in studies} - set(noted_cases(home))))
    return fill_with(cases, index, embedder, progress)


def add_study(
    store: Store, study_id: str, analysis_id: str, index: VectorIndex, embedder: Embedder
) -> None:
    """Add a study of the store as one analysis found it, or replace its vectors.

    Raises
    ------
    BadInputError
        If no slice of it shows a head.
    NotFoundError
        If study or analysis is gone.
    """
    labels = [str(told.label) for told in read_all_labels(store) if told.study_id == study_id]
    imported = load_study(store, study_id)
    patient = imported.study.pseudonym
    facts = _facts_in_store(store, analysis_id, labels)
    embedded = embed_case(
        imported, embedder, case_id=study_id, patient=patient, group=patient, facts=facts
    )
    if index.count([one_of("case_id", [study_id])]):
        index.delete([study_id])
    index.add(embedded)


def fill_from_folder(
    folder: Path,
    index: VectorIndex,
    embedder: Embedder,
    *,
    home: Path,
    key: bytes,
    limits: Limits,
    table: Path | None = None,
    progress: Progress = ignore,
) -> Filled:
    """Add the cases of a folder that are not in the index yet.

    Parameters
    ----------
    folder
        With a table, its rows are the cases; without, everything that lies directly in the folder
        is one case: a picture, a volume, a zip, or a folder with the files of one study.
    home
        Folder of the index, where it is noted which file a case came from.
    key
        Secret under which patients are given our own names.

    Raises
    ------
    BadInputError
        If nothing is there, or the table does not fit the folder.
    """
    if not folder.is_dir():
        raise BadInputError(f"'{folder.name}' is no folder.", fix="Name the folder of the cases.")
    rows = read_case_table(table) if table is not None else _rows_of(folder)
    missing = next((row.file for row in rows if not (folder / row.file).exists()), None)
    if missing is not None:
        raise BadInputError(
            f"The table names '{missing}', which is not in the folder.", fix="Correct the table."
        )
    if not rows:
        raise BadInputError(f"The folder '{folder.name}' holds no cases.", fix="Name another.")
    cases = [
        PastCase(
            own_id(key, "past case", str(folder.resolve()), row.file),
            row.file,
            _from_folder(folder / row.file, row, key, limits),
        )
        for row in rows
    ]
    note_sources(home, {case.id: (folder / case.name).resolve() for case in cases})
    return fill_with(cases, index, embedder, progress)


def fill_with(
    cases: Sequence[PastCase], index: VectorIndex, embedder: Embedder, progress: Progress
) -> Filled:
    """Add the cases that are not in the index yet; those that cannot be read are named."""
    added = known = 0
    skipped: list[Unreadable] = []
    waiting: list[Embedded] = []
    progress(0.0)
    for done, case in enumerate(cases, start=1):
        if index.count([one_of("case_id", [case.id])]):
            known += 1
        else:
            try:
                imported, facts, patient, group = case.load()
                waiting.append(
                    embed_case(
                        imported,
                        embedder,
                        case_id=case.id,
                        patient=patient,
                        group=group,
                        facts=facts,
                    )
                )
                added += 1
            except (BadInputError, NotFoundError) as error:
                skipped.append(Unreadable(case.name, error.problem, error.fix))
        if len(waiting) >= CASES_AT_ONCE:
            _add(index, waiting)
        progress(done / max(1, len(cases)))
    _add(index, waiting)
    index.settle()
    log.info("index: %d cases added, %d known, %d skipped", added, known, len(skipped))
    return Filled(added, known, tuple(skipped))


def _add(index: VectorIndex, waiting: list[Embedded]) -> None:
    """Add some cases at once; a case is in the index as a whole or not at all."""
    if waiting:
        entries = tuple(entry for one in waiting for entry in one.entries)
        vectors = np.concatenate([one.vectors for one in waiting])
        index.add(Embedded(waiting[0].space, entries, vectors))
        waiting.clear()


def _from_store(store: Store, study_id: str, labels: Sequence[str]) -> Callable[[], Any]:
    def load() -> tuple[ImportedStudy, CaseFacts, str, str]:
        imported = load_study(store, study_id)
        patient = imported.study.pseudonym
        analysis_id = newest_finished(store, study_id)
        if analysis_id is None:
            raise NotFoundError("The study has no analysis yet.", fix="Analyze it first.")
        return imported, _facts_in_store(store, analysis_id, labels), patient, patient

    return load


def _facts_in_store(store: Store, analysis_id: str, labels: Sequence[str]) -> CaseFacts:
    volume_ml = None
    if has_volumetry(store, analysis_id):
        content = read_volumetry(store, analysis_id).content
        volume_ml = next((r["volume_ml"] for r in content["regions"] if r["code"] == "WT"), None)
        if volume_ml is None:  # of a given mask nothing is estimated, only counted
            counted = (v["value"] for v in content["values"] if v["name"] == "WT volume")
            volume_ml = next(counted, None)
    if labels and len(set(labels)) == 1:  # readers who disagree settle nothing
        return CaseFacts(label=labels[0], label_source="reader", volume_ml=volume_ml)
    analysis = read_analysis(store, analysis_id)
    spoken = next((s for s in analysis.series if s.series_id == analysis.headline_series), None)
    answers = [spoken.decision] if spoken and spoken.decision else []
    label = answers[0].label if answers else None
    return CaseFacts(label=label, label_source="model" if label else None, volume_ml=volume_ml)


def _from_folder(path: Path, row: CaseRow, key: bytes, limits: Limits) -> Callable[[], Any]:
    def load() -> tuple[ImportedStudy, CaseFacts, str, str]:
        imported = read_study(path, key=key, limits=limits)
        patient = imported.study.pseudonym
        if row.patient:
            patient = pseudonym(key, f"past patient {row.patient}")
        group = own_id(key, "leak group", row.group) if row.group else patient
        return imported, row.facts, patient, group

    return load


def _rows_of(folder: Path) -> tuple[CaseRow, ...]:
    named = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    return tuple(CaseRow(name, "", "", CaseFacts()) for name in named)


def _all_studies(store: Store) -> Iterator[WorklistRow]:
    after = None
    while True:
        rows, _ = worklist(store, after=after, limit=PAGE)
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1].created, rows[-1].id
