from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neuroscope.errors import NotFoundError
from neuroscope.records.analysis import Analysis, SeriesFinding, SliceFinding
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.study import Series
from neuroscope.store import audit, results, studies
from neuroscope.store.blobs import read_bytes
from neuroscope.store.database import Store
from neuroscope.store.stored_analysis import step_of
from neuroscope.store.worklist import worklist

Findings = Callable[[int], tuple[SliceFinding, ...]]


@pytest.fixture
def study_id(store: Store, picture_study: Callable[..., ImportedStudy]) -> str:
    return studies.save_study(store, picture_study(3)).study_id


@pytest.fixture
def two_series(picture_study: Callable[..., ImportedStudy]) -> ImportedStudy:
    """A study whose second series has the smaller id."""
    one = picture_study(2)
    ids = ("b0", "a0")
    return replace(
        one,
        study=replace(one.study, series=tuple(Series(id=name, role="slice") for name in ids)),
        slices=dict.fromkeys(ids, one.slices["5e71e5"]),
    )


def begin(store: Store, study_id: str, finding: SliceFinding, analysis_id: str = "run") -> bool:
    return results.start_analysis(
        store, analysis_id, study_id, finding.prediction.model, results_spec(finding)
    )


def results_spec(finding: SliceFinding) -> results.EvidenceSpec:
    return results.EvidenceSpec(
        classes=finding.evidence.classes,
        size=160,
        cell_offset=1.5,
        cell_jump=4.0,
        temperature=1.5,
        threshold=0.3,
        floor=(0.01,) * 4,
        scale=(0.4, 0.2, 0.1, 0.05),
    )


def test_starting_twice_starts_once(store: Store, study_id: str, findings: Findings) -> None:
    (finding,) = findings(1)
    assert begin(store, study_id, finding)
    assert not begin(store, study_id, finding)
    assert results.model_of(store, "run") == finding.prediction.model


def test_a_chunk_written_twice_is_there_once(
    store: Store, study_id: str, findings: Findings
) -> None:
    found = findings(5)
    begin(store, study_id, found[0])
    results.add_findings(store, "run", "5e71e5", found[:3])
    results.add_findings(store, "run", "5e71e5", found[1:])  # a worker that died in between
    assert results.found_indices(store, "run", "5e71e5") == {0, 1, 2, 3, 4}


def test_what_was_found_comes_back(store: Store, study_id: str, findings: Findings) -> None:
    found = findings(3)
    begin(store, study_id, found[0])
    results.add_findings(store, "run", "5e71e5", found)
    results.save_series(
        store, "run", SeriesFinding("5e71e5", found, not_run=(7,), cautions=("Look.",))
    )
    (series,) = results.read_analysis(store, "run").series
    assert [one.prediction for one in series.slices] == [one.prediction for one in found]
    assert max(one.completeness_error for one in series.slices) < 1e-5
    assert (series.not_run, series.cautions, series.decision) == ((7,), ("Look.",), None)


def test_the_worklist_repeats_the_series_that_speaks_and_what_contradicts_it(
    store: Store, study_id: str, findings: Findings
) -> None:
    found = findings(4)
    begin(store, study_id, found[0])
    by_doubt = sorted(found, key=lambda one: one.prediction.p_label)
    speaks = SeriesFinding("5e71e5", (by_doubt[0],), cautions=("Look twice.",))
    surer = SeriesFinding("f1a1", (by_doubt[-1],), cautions=("Of another series.",))
    assert speaks.headline is not None
    analysis = Analysis(
        study_id,
        "NS-ABCDEF",
        found[0].prediction.model,
        (surer, speaks),
        cautions=("They contradict each other.", "A test study."),
        headline_series="5e71e5",
    )
    results.save_conclusion(store, "run", analysis)
    (row,), _ = worklist(store, label=speaks.headline.label)
    assert row.headline is not None
    assert row.headline["series_id"] == "5e71e5"
    assert row.headline["p_label"] == pytest.approx(speaks.headline.p_label)
    assert row.headline["cautions"] == ["They contradict each other.", "Look twice.", "Blurred."]
    assert row.cautions == ("A test study.",)  # beside the headline, so not said twice
    stored = results.read_analysis(store, "run")
    assert stored.headline_series == "5e71e5"
    assert stored.cautions == analysis.cautions


def test_what_is_noticed_later_is_said_once_by_analysis_and_worklist(
    store: Store, study_id: str, findings: Findings
) -> None:
    found = findings(1)
    begin(store, study_id, found[0])
    speaks = SeriesFinding("5e71e5", found)
    analysis = Analysis(
        study_id,
        "NS-ABCDEF",
        found[0].prediction.model,
        (speaks,),
        cautions=("Said before.",),
        headline_series="5e71e5",
    )
    results.save_conclusion(store, "run", analysis)
    for _ in range(2):  # a worker that died in between
        results.add_caution(store, "run", "Not measured.")
        results.add_caution(store, "run", "The networks contradict each other.", is_first=True)
    assert results.read_analysis(store, "run").cautions == (
        "The networks contradict each other.",
        "Said before.",
        "Not measured.",
    )
    (row,), _ = worklist(store)
    assert row.headline is not None
    assert row.headline["label"] == found[0].prediction.label
    assert row.headline["cautions"] == [
        "The networks contradict each other.",
        "Said before.",
        "Blurred.",
        "Not measured.",
    ]


def test_a_study_that_nothing_speaks_for_has_no_headline(
    store: Store, study_id: str, findings: Findings
) -> None:
    (finding,) = findings(1)
    begin(store, study_id, finding)
    nothing = (SeriesFinding("5e71e5", ()),)
    analysis = Analysis(study_id, "NS-ABCDEF", finding.prediction.model, nothing)
    results.save_conclusion(store, "run", analysis)
    results.add_caution(store, "run", "Not measured.")
    (row,), _ = worklist(store)
    assert row.headline is None


def test_findings_come_back_in_the_order_of_the_study(
    store: Store, findings: Findings, two_series: ImportedStudy
) -> None:
    study_id = studies.save_study(store, two_series).study_id
    begin(store, study_id, findings(1)[0])
    for series in reversed(two_series.study.series):
        results.save_series(store, "run", SeriesFinding(series.id, ()))
    stored = results.read_analysis(store, "run").series
    assert [one.series_id for one in stored] == [one.id for one in two_series.study.series]


def test_a_finished_analysis_comes_before_a_newer_one_that_runs(
    store: Store, study_id: str, findings: Findings
) -> None:
    (finding,) = findings(1)
    begin(store, study_id, finding, "old")
    results.finish_analysis(store, "old")
    begin(store, study_id, finding, "new")
    assert results.latest_analysis(store, study_id) == "old"
    results.finish_analysis(store, "new")
    assert results.latest_analysis(store, study_id) == "new"


def test_a_study_never_analyzed_says_so(store: Store, study_id: str) -> None:
    with pytest.raises(NotFoundError, match="no analysis yet"):
        results.latest_analysis(store, study_id)
    assert results.newest_finished(store, study_id) is None


def test_a_report_is_kept(store: Store, study_id: str, findings: Findings, tmp_path: Path) -> None:
    begin(store, study_id, findings(1)[0])
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7")
    for _ in range(2):  # a step may be run again
        results.save_report(store, "run", tmp_path / "report.pdf")
    report = results.read_analysis(store, "run").report
    assert report is not None
    folder = studies.study_folder(store, study_id)
    assert read_bytes(folder, report.sha256) == b"%PDF-1.7"
    (event,) = audit.events(store)
    assert (event.action, event.object_id, event.facts["sha256"]) == (
        "report.write",
        "run",
        report.sha256,
    )


def test_a_deleted_study_takes_its_analyses_along(
    store: Store, study_id: str, findings: Findings
) -> None:
    found = findings(2)
    begin(store, study_id, found[0])
    results.add_findings(store, "run", "5e71e5", found)
    studies.delete_study(store, study_id)
    with pytest.raises(NotFoundError):
        results.read_analysis(store, "run")
    assert results.found_indices(store, "run", "5e71e5") == frozenset()


def test_one_step_is_a_fixed_fraction_of_the_largest_scale(findings: Findings) -> None:
    assert step_of(results_spec(findings(1)[0])) == pytest.approx(0.4 / 4096)
    assert np.iinfo(np.int16).max * step_of(results_spec(findings(1)[0])) > 3
