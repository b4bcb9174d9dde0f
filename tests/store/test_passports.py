from collections.abc import Callable

import pytest

from neuroscope.records.analysis import SeriesFinding, SliceFinding
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.passport import Passport, judged, not_assessed
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.store import evidence, results, studies
from neuroscope.store.database import Store
from neuroscope.store.passports import (
    WHOLE,
    indices_with_passport,
    read_all_passports,
    read_passports,
    save_passports,
)

SERIES = "5e71e5"


def _passports(value: float = 0.9) -> tuple[Passport, ...]:
    return tuple(
        Passport(
            target,
            "evidence",
            (
                judged("repeatability", value, 0.5, bound_from="validation"),
                judged("faithfulness", 1.0, 0.1, interval=(0.5, 1.5), details={"insertion": 2.0}),
                not_assessed("localization", "Nobody has outlined a tumor here."),
            ),
        )
        for target in TUMOR_CLASSES
    )


@pytest.fixture
def found(
    store: Store,
    picture_study: Callable[..., ImportedStudy],
    findings: Callable[[int], tuple[SliceFinding, ...]],
) -> tuple[SliceFinding, ...]:
    study_id = studies.save_study(store, picture_study(3)).study_id
    found = findings(3)
    spec = EvidenceSpec(TUMOR_CLASSES, 160, 1.5, 4.0, 1.5, 0.3, (0.01,) * 4, (0.4,) * 4)
    results.start_analysis(store, "run", study_id, found[0].prediction.model, spec)
    results.add_findings(store, "run", SERIES, found)
    results.save_series(store, "run", SeriesFinding(SERIES, found))
    return found


def test_passports_come_back_as_they_were(store: Store, found: tuple[SliceFinding, ...]) -> None:
    answers = {item.index: item.prediction.label for item in found}
    save_passports(store, "run", SERIES, {0: _passports(), 2: _passports(0.1)}, answers)
    assert read_passports(store, "run", SERIES, 0) == _passports()
    assert read_passports(store, "run", SERIES, 1) == ()
    assert indices_with_passport(store, "run", SERIES) == {0, 2}
    assert set(read_all_passports(store, "run", SERIES)) == {0, 2}
    slices = evidence.load_finding(store, "run", SERIES).slices
    assert [item.passports for item in slices] == [_passports(), (), _passports(0.1)]
    assert slices[2].passport is not None
    assert slices[2].passport.outcome == "failed"


def test_the_analysis_tells_in_short_how_maps_did(
    store: Store, found: tuple[SliceFinding, ...]
) -> None:
    answers = {WHOLE: "glioma", **{item.index: item.prediction.label for item in found}}
    tested = {0: _passports(), 1: _passports(0.1), WHOLE: _passports()}
    save_passports(store, "run", SERIES, tested, answers)
    series = results.read_analysis(store, "run").require_series(SERIES)
    first, second, third = (item.map_tests for item in series.slices)
    assert first is not None
    assert (first.outcome, first.passed, first.failed) == ("passed", 2, ())
    assert second is not None
    assert (second.outcome, second.passed, second.failed) == ("failed", 1, ("repeatability",))
    assert third is None
    assert series.map_tests is not None


def test_testing_again_replaces(store: Store, found: tuple[SliceFinding, ...]) -> None:
    answers = {item.index: item.prediction.label for item in found}
    for value in (0.1, 0.9):
        save_passports(store, "run", SERIES, {0: _passports(value)}, answers)
    assert read_passports(store, "run", SERIES, 0) == _passports(0.9)
    save_passports(store, "run", SERIES, {}, answers)


def test_a_deleted_analysis_takes_its_passports_along(
    store: Store, found: tuple[SliceFinding, ...]
) -> None:
    answers = {item.index: item.prediction.label for item in found}
    save_passports(store, "run", SERIES, {0: _passports()}, answers)
    results.delete_analysis(store, "run")
    assert read_passports(store, "run", SERIES, 0) == ()
