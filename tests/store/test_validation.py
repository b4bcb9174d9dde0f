from collections.abc import Callable

import pytest
from alembic import command
from alembic.config import Config

from neuroscope.errors import NotFoundError
from neuroscope.settings import Settings
from neuroscope.store.assignments import assign, submit
from neuroscope.store.database import MIGRATIONS, Store, open_store
from neuroscope.store.map_verdicts import MapKey, set_verdict
from neuroscope.store.reader_labels import set_label
from neuroscope.store.saved_views import keep_selection
from neuroscope.store.validation import (
    FACETS,
    Found,
    SliceFilter,
    find_slices,
    read_slices,
    require_slice,
)

Analyze = Callable[..., str]
SERIES = "5e71e5"


def find(store: Store, *, reader: str = "ann", **chosen: tuple[str, ...]) -> Found:
    return find_slices(store, SliceFilter(chosen=chosen), reader=reader)


def label(store: Store, study: str, index: int, name: str, *, reader: str = "ann") -> None:
    set_label(store, study, SERIES, slice_index=index, label=name, reader=reader)


def test_an_empty_store_has_nothing_and_says_so(store: Store) -> None:
    found = find(store)
    assert (found.ids, found.total, found.all_slices, found.matrix) == ((), 0, 0, {})
    assert set(found.facets) == set(FACETS)
    assert all(count == 0 for counts in found.facets.values() for count in counts.values())


def test_answers_cross_in_the_matrix_and_filter(
    store: Store, pictures: str, analyzed_as: Analyze
) -> None:
    analyzed_as(store, pictures, SERIES, 3)  # answers glioma, glioma, notumor
    label(store, pictures, 0, "glioma")
    label(store, pictures, 1, "meningioma")
    found = find(store)
    assert found.matrix == {
        ("glioma", "glioma"): 1,
        ("meningioma", "glioma"): 1,
        ("unknown", "notumor"): 1,
    }
    wrong = find(store, truth=("meningioma",), predicted=("glioma",))
    assert [one.index for one in read_slices(store, wrong.ids, reader="ann")] == [1]
    assert (wrong.total, wrong.all_slices) == (1, 3)
    assert wrong.matrix == found.matrix  # the matrix shows where else one could click
    assert wrong.facets["truth"]["glioma"] == 1
    assert wrong.facets["predicted"]["notumor"] == 0


def test_readers_who_differ_leave_the_truth_open(
    store: Store, pictures: str, analyzed_as: Analyze
) -> None:
    analyzed_as(store, pictures, SERIES, 1)
    label(store, pictures, 0, "glioma")
    label(store, pictures, 0, "pituitary", reader="bob")
    assert find(store).matrix == {("disputed", "glioma"): 1}
    label(store, pictures, 0, "glioma", reader="bob")
    assert find(store).matrix == {("glioma", "glioma"): 1}


def test_a_blind_reading_is_neither_shown_nor_shown_to(
    store: Store, pictures: str, analyzed_as: Analyze
) -> None:
    analyzed_as(store, pictures, SERIES, 1)
    assign(store, pictures, SERIES, reader="bob", blind=True, actor="lead")
    label(store, pictures, 0, "glioma")
    label(store, pictures, 0, "pituitary", reader="bob")
    assert find(store, reader="ann").matrix == {("glioma", "glioma"): 1}
    assert find(store, reader="bob").matrix == {("pituitary", "glioma"): 1}
    submit(store, pictures, SERIES, reader="bob")
    assert find(store, reader="ann").matrix == {("disputed", "glioma"): 1}


def test_only_the_newest_finished_analysis_speaks(
    store: Store, pictures: str, analyzed_as: Analyze
) -> None:
    analyzed_as(store, pictures, SERIES, 3)
    newest = analyzed_as(store, pictures, SERIES, 2)
    analyzed_as(store, pictures, SERIES, 3, is_trial=True)
    found = find(store)
    shown = read_slices(store, found.ids, reader="ann")
    assert [(one.analysis_id, one.index) for one in shown] == [(newest, 0), (newest, 1)]


def test_the_answer_on_a_volume_holds_where_its_tumor_is(
    store: Store, volume: str, analyzed_as: Analyze
) -> None:
    analyzed_as(store, volume, "70fa", 2, axis=2)
    set_label(store, volume, "70fa", slice_index=None, label="glioma", reader="ann")
    assert find(store).matrix == {("unknown", "glioma"): 2}
    set_label(store, volume, "70fa", slice_index=None, label="notumor", reader="ann")
    found = find(store)
    assert found.matrix == {("notumor", "glioma"): 2}
    (_, second) = read_slices(store, found.ids, reader="ann")
    assert second.position_mm == (23.5, 27.5, 4.0)
    assert second.plane == "axial"


def test_a_verdict_is_the_readers_own_and_of_these_weights(
    store: Store, pictures: str, analyzed_as: Analyze
) -> None:
    analyzed_as(store, pictures, SERIES, 2)
    one = require_slice(store, find(store).ids[0], reader="ann")
    key = MapKey(pictures, SERIES, one.index, one.model_sha256)
    set_verdict(store, key, verdict="artefact", note="", reader="ann", parent=0)
    assert find(store).facets["verdict"]["artefact"] == 1
    assert find(store, verdict=("artefact",)).ids == (one.id,)
    assert find(store, reader="bob").facets["verdict"]["artefact"] == 0
    set_verdict(store, key, verdict=None, note="", reader="ann", parent=1)
    assert find(store).facets["verdict"] == {"plausible": 0, "partly": 0, "artefact": 0, "none": 2}


def test_confidence_words_selection_and_order(
    store: Store, pictures: str, analyzed_as: Analyze
) -> None:
    analyzed_as(store, pictures, SERIES, 3)  # sure .9, .4, .9
    unsure = find_slices(store, SliceFilter(p_to=0.5), reader="ann")
    assert [one.index for one in read_slices(store, unsure.ids, reader="ann")] == [1]
    assert find_slices(store, SliceFilter(words="NS-"), reader="ann").total == 3
    assert find_slices(store, SliceFilter(words="%"), reader="ann").total == 0
    token = keep_selection(store, [(pictures, SERIES, 2), (pictures, SERIES, 0)])
    picked = find_slices(store, SliceFilter(selection=token), reader="ann")
    assert [one.index for one in read_slices(store, picked.ids, reader="ann")] == [0, 2]
    by_doubt = find_slices(store, SliceFilter(), reader="ann", order="unsure").ids
    assert read_slices(store, by_doubt, reader="ann")[0].index == 1
    with pytest.raises(NotFoundError):
        find_slices(store, SliceFilter(selection="gone"), reader="ann")
    with pytest.raises(NotFoundError):
        require_slice(store, 10**6, reader="ann")


def test_what_was_analyzed_before_the_grid_is_carried_over(
    store: Store, settings: Settings, pictures: str, analyzed_as: Analyze
) -> None:
    analyzed_as(store, pictures, SERIES, 3)
    label(store, pictures, 0, "glioma")
    before = find(store)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0007")
        connection.commit()
    again = open_store(settings)
    after = find(again)
    assert (after.total, after.matrix) == (before.total, before.matrix)
    rows = read_slices(again, after.ids, reader="ann")
    assert {row.predicted for row in rows} == {"glioma", "notumor"}
    again.close()
