from collections.abc import Callable

import pytest

from neuroscope.errors import NotFoundError
from neuroscope.records.prediction import ModelRef
from neuroscope.store.analysis_rows import list_analyses, read_summary
from neuroscope.store.database import Store
from neuroscope.store.models import stale_results
from neuroscope.store.registration import ensure_shipped
from neuroscope.store.results import latest_analysis, newest_finished, read_analysis
from neuroscope.store.studies import read_study

AnalyzedAs = Callable[..., str]
OTHER = ModelRef("evidence", "2", "c" * 64)


@pytest.fixture
def both(store: Store, pictures: str, analyzed_as: AnalyzedAs) -> tuple[str, str]:
    """An analysis by the active version, and a trial of another one."""
    ensure_shipped(store, ModelRef("evidence", "1", "b" * 64))
    first = analyzed_as(store, pictures, "5e71e5", 3)
    return first, analyzed_as(store, pictures, "5e71e5", 3, model=OTHER, is_trial=True, moved=6)


def test_every_analysis_names_its_version_and_whether_it_is_stale(
    store: Store, pictures: str, both: tuple[str, str]
) -> None:
    trial, first = list_analyses(store, pictures)
    assert (first.id, trial.id) == both
    assert (first.model.version, first.is_stale, first.is_trial) == ("1", False, False)
    assert (trial.model, trial.is_stale, trial.is_trial) == (OTHER, True, True)
    assert (first.model_id, trial.model_id) == (f"shipped-{'b' * 16}", None)
    assert read_summary(store, trial.id) == trial


def test_the_surest_tumor_speaks_for_a_series_of_pictures(
    store: Store, both: tuple[str, str]
) -> None:
    headline = read_summary(store, both[0]).headline
    assert headline is not None
    assert (headline.label, headline.p_label) == ("glioma", 0.9)


def test_a_trial_does_not_speak_for_its_study(
    store: Store, pictures: str, both: tuple[str, str]
) -> None:
    assert latest_analysis(store, pictures) == newest_finished(store, pictures) == both[0]
    assert read_analysis(store, both[1]).is_trial
    assert stale_results(store, "evidence") == ()
    headline = read_study(store, pictures).row.headline
    assert headline is not None
    assert headline["label"] == "glioma"


def test_a_trial_of_a_study_that_was_not_analyzed_leaves_the_worklist_empty(
    store: Store, pictures: str, analyzed_as: AnalyzedAs
) -> None:
    analyzed_as(store, pictures, "5e71e5", 3, is_trial=True)
    assert read_study(store, pictures).row.headline is None
    assert newest_finished(store, pictures) is None


def test_a_study_that_is_not_there_has_no_list(store: Store) -> None:
    with pytest.raises(NotFoundError):
        list_analyses(store, "none")
