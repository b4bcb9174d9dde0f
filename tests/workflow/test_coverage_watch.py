"""The alarm over what readers of a store have confirmed."""

from collections.abc import Callable

from neuroscope.records.doubt import Doubt
from neuroscope.records.imported import ImportedStudy
from neuroscope.store.database import Store
from neuroscope.store.reader_labels import set_label
from neuroscope.store.studies import save_study
from neuroscope.workflow.coverage_watch import watch_coverage

SERIES = "5e71e5"
SETS = {"80": ("glioma",), "90": ("glioma",), "95": ("glioma", "meningioma")}


def test_an_empty_store_has_nothing_to_say(store: Store) -> None:
    found = watch_coverage(store)
    assert [(level, drift.asked) for level, drift in found.levels] == [
        ("80", 0), ("90", 0), ("95", 0),
    ]  # fmt: skip
    assert {drift.verdict for _, drift in found.levels} == {"insufficient"}


def test_each_level_counts_its_own_misses(
    store: Store, picture_study: Callable[..., ImportedStudy], analyzed_as: Callable[..., str]
) -> None:
    study_id = save_study(store, picture_study(3)).study_id
    analyzed_as(store, study_id, SERIES, 3, doubt=Doubt(sets=SETS, p_fits={}))
    set_label(store, study_id, SERIES, slice_index=0, label="meningioma", reader="ann")
    drifts = dict(watch_coverage(store).levels)
    assert {level: drift.missed for level, drift in drifts.items()} == {"80": 1, "90": 1, "95": 0}
    assert drifts["90"].promised == 0.1
