"""Measurements in space are stale once another segmenter is active."""

import pytest

from neuroscope.models.inference import load_engine
from neuroscope.records.prediction import ModelRef
from neuroscope.store.database import Store, insert_once
from neuroscope.store.explanation_tables import VolumetryRow
from neuroscope.store.registration import ensure_shipped
from neuroscope.store.results import start_analysis
from neuroscope.store.stale_volumetry import is_volumetry_stale, stale_volumetry
from neuroscope.store.tables import AnalysisRow, now

OLD, NEW = ModelRef("segmenter", "1", "a" * 64), ModelRef("segmenter", "2", "b" * 64)


@pytest.fixture
def measured(store: Store, volume: str, known_weights):
    """Note an analysis of the volume, finished, and measured by a segmenter or by a given mask."""

    def note(analysis_id: str, by: ModelRef | None) -> None:
        engine = load_engine(weights=known_weights, threads=1)
        start_analysis(store, analysis_id, volume, engine.model, engine.spec)
        told = by and {"name": by.name, "version": by.version, "sha256": by.sha256}
        with store.transaction() as session:
            values = {"analysis_id": analysis_id, "content": {"model": told}}
            insert_once(session, VolumetryRow, [{**values, "labels": {}, "surfaces": {}}])
            session.get_one(AnalysisRow, analysis_id).finished = now()

    return note


def test_what_another_segmenter_than_the_active_one_measured_is_stale(store, volume, measured):
    ensure_shipped(store, OLD)
    measured("a1", OLD)
    assert stale_volumetry(store) == ()
    assert not is_volumetry_stale(store, "a1")

    ensure_shipped(store, NEW)  # takes the place of the old one
    (found,) = stale_volumetry(store)
    assert (found.study_id, found.analysis_id, found.model) == (volume, "a1", OLD)
    assert is_volumetry_stale(store, "a1")

    measured("a2", NEW)
    assert stale_volumetry(store) == ()


def test_what_a_brought_segmenter_measured_is_no_version_of_ours(store, measured):
    ensure_shipped(store, OLD)
    measured("a1", OLD)
    measured("a2", ModelRef("nnU-Net Cohort", "1", "c" * 64))
    ensure_shipped(store, NEW)
    assert stale_volumetry(store) == ()  # the newest measurements stand
    assert is_volumetry_stale(store, "a1")
    assert not is_volumetry_stale(store, "a2")


def test_a_given_mask_is_never_stale_nor_is_what_was_not_measured(store, measured):
    ensure_shipped(store, NEW)
    measured("a1", None)
    assert stale_volumetry(store) == ()
    assert not is_volumetry_stale(store, "a1")
    assert not is_volumetry_stale(store, "a2")


def test_a_given_mask_takes_the_place_of_what_an_old_segmenter_measured(store, measured):
    ensure_shipped(store, OLD)
    measured("a1", OLD)
    measured("a2", None)
    ensure_shipped(store, NEW)
    assert stale_volumetry(store) == ()
