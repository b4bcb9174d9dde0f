"""Test the maps of an analysis in the worker, and store how they did; what is stored is kept."""

from dataclasses import dataclass

from neuroscope.models.inference import EvidenceEngine
from neuroscope.models.passport_rules import load_passport_rules
from neuroscope.preprocess.orient import SliceSource
from neuroscope.records.analysis import SeriesFinding
from neuroscope.records.progress import Progress, ignore
from neuroscope.store.annotation_reads import read_counting
from neuroscope.store.database import Store
from neuroscope.store.evidence import load_finding
from neuroscope.store.passports import (
    WHOLE,
    Passports,
    indices_with_passport,
    read_all_passports,
    save_passports,
)
from neuroscope.workflow.passports import (
    Outlined,
    outlined_on,
    passports_of_slice,
    passports_of_volume,
    slices_to_test,
)

SAVE_EVERY = 16  # slices


@dataclass(frozen=True, slots=True)
class MapsOf:
    """The analysis whose maps are tested."""

    store: Store
    analysis_id: str
    study_id: str


def save_tests_of_series(
    of: MapsOf,
    series_id: str,
    source: SliceSource,
    engine: EvidenceEngine,
    *,
    progress: Progress = ignore,
) -> None:
    """Test the maps of one series that have no passport yet."""
    finding = load_finding(of.store, of.analysis_id, series_id)
    known = indices_with_passport(of.store, of.analysis_id, series_id)
    wanted = slices_to_test(finding)
    missing = [index for index in wanted if index not in known]
    outlined = Outlined()
    if missing:
        drawn = read_counting(of.store, of.study_id, series_id)
        outlined = outlined_on(source, drawn, missing)
    for start in range(0, len(missing), SAVE_EVERY):
        some = missing[start : start + SAVE_EVERY]
        found = _tested(finding, source, engine, some, outlined)
        answers = _answers(finding)
        save_passports(of.store, of.analysis_id, series_id, found, answers)
        progress((start + len(some)) / len(missing))
    if finding.decision is not None and WHOLE not in known:
        _save_whole(of, finding, wanted)


def _tested(
    finding: SeriesFinding,
    source: SliceSource,
    engine: EvidenceEngine,
    indices: list[int],
    outlined: Outlined,
) -> dict[int, Passports]:
    rules = load_passport_rules(engine.model, weights=engine.weights)
    by_index = {item.index: item for item in finding.slices}
    answers = _answers(finding)
    return {
        index: passports_of_slice(
            source, by_index[index], engine, rules, answer=answers[index], outlined=outlined
        )
        for index in indices
    }


def _answers(finding: SeriesFinding) -> dict[int, str]:
    """Name the class whose map is tested in full on each slice: that of a volume, or its own."""
    if finding.decision is None:
        return {item.index: item.prediction.label for item in finding.slices}
    label = finding.decision.label
    return {WHOLE: label, **{item.index: label for item in finding.slices}}


def _save_whole(of: MapsOf, finding: SeriesFinding, wanted: tuple[int, ...]) -> None:
    stored = read_all_passports(of.store, of.analysis_id, finding.series_id)
    joined = passports_of_volume(finding, [stored[index] for index in wanted if index in stored])
    if joined:
        save_passports(
            of.store, of.analysis_id, finding.series_id, {WHOLE: joined}, _answers(finding)
        )
