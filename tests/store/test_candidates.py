from collections.abc import Callable

import numpy as np

from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import ModelRef
from neuroscope.store.candidates import read_analyzed_slices
from neuroscope.store.database import Store
from neuroscope.store.registration import ensure_shipped
from neuroscope.store.studies import save_study
from neuroscope.store.tables import AnalysisRow, SliceLookRow

AnalyzedAs = Callable[..., str]


def test_looks_are_kept_with_the_findings_and_read_row_by_row(
    store: Store, pictures: str, analyzed_as: AnalyzedAs
) -> None:
    analysis_id = analyzed_as(store, pictures, "5e71e5", 3, seed=4)
    found = read_analyzed_slices(store)
    assert [(one.study_id, one.index) for one in found.slices] == [(pictures, n) for n in range(3)]
    expected = np.random.default_rng(4).normal(size=(3, 8)).astype(np.float32)
    np.testing.assert_array_equal(found.embedding, expected)
    np.testing.assert_allclose(found.outside, [0.0, 0.1, 0.2])
    assert (found.linear, found.slices[0].analysis_id) == (4, analysis_id)
    assert found.series[pictures, "5e71e5"].axis is None
    assert found.to_analyze_again == ()


def test_only_the_newest_analysis_by_the_active_version_counts(
    store: Store,
    pictures: str,
    volume: str,
    analyzed_as: AnalyzedAs,
    picture_study: Callable[..., ImportedStudy],
) -> None:
    active = ensure_shipped(store, ModelRef("evidence", "1", "b" * 64)).model
    other = ModelRef("evidence", "2", "c" * 64)
    analyzed_as(store, pictures, "5e71e5", 3)
    newest = analyzed_as(store, pictures, "5e71e5", 2)
    analyzed_as(store, pictures, "5e71e5", 3, model=other, is_trial=True)
    analyzed_as(store, volume, "70fa", 4, model=other, axis=2)
    fresh = save_study(store, picture_study(2, seed=9)).study_id
    found = read_analyzed_slices(store)
    assert {one.analysis_id for one in found.slices} == {newest}
    assert found.model == active
    assert found.to_analyze_again == (volume,)
    assert fresh not in found.to_analyze_again  # it was never analyzed


def test_a_series_of_a_volume_tells_how_it_was_cut(
    store: Store, volume: str, analyzed_as: AnalyzedAs
) -> None:
    analyzed_as(store, volume, "70fa", 12, axis=2)
    cut = read_analyzed_slices(store).series[volume, "70fa"]
    assert (cut.axis, cut.plane, cut.shape) == (2, "axial", (48, 56, 12))
    assert cut.affine is not None
    assert cut.affine[2, 2] == 4


def test_an_empty_store_has_no_candidates(store: Store) -> None:
    found = read_analyzed_slices(store)
    assert (found.slices, found.model, found.embedding.shape) == ((), None, (0, 0))


def test_looks_go_with_their_analysis(store: Store, pictures: str, analyzed_as: AnalyzedAs) -> None:
    analysis_id = analyzed_as(store, pictures, "5e71e5", 3)
    with store.transaction() as session:
        session.delete(session.get_one(AnalysisRow, analysis_id))
    with store.reading() as session:
        assert session.query(SliceLookRow).count() == 0
