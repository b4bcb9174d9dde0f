from collections.abc import Callable

import pytest

from neuroscope.records.imported import ImportedStudy
from neuroscope.store.database import Store
from neuroscope.store.studies import save_study
from neuroscope.store.tables import StudyRow
from neuroscope.store.worklist import worklist

Pictures = Callable[..., ImportedStudy]


def test_pages_show_every_study_once_newest_first(store: Store, picture_study: Pictures) -> None:
    saved = [save_study(store, picture_study(1, seed=seed)).study_id for seed in range(5)]
    seen: list[str] = []
    after = None
    while True:
        rows, total = worklist(store, after=after, limit=2)
        assert total == 5
        if not rows:
            break
        seen += [row.id for row in rows]
        after = (rows[-1].created, rows[-1].id)
    assert seen == saved[::-1]


def test_a_part_of_the_pseudonym_finds_a_study(store: Store, picture_study: Pictures) -> None:
    study = picture_study(1, seed=1)
    save_study(store, study)
    save_study(store, picture_study(1, seed=2))
    rows, total = worklist(store, words=study.study.pseudonym[3:].lower())
    assert [row.pseudonym for row in rows] == [study.study.pseudonym]
    assert total == 1


@pytest.mark.parametrize("words", ["%", "_", "'; --", "\\"])
def test_signs_of_the_query_language_are_only_letters(
    store: Store, picture_study: Pictures, words: str
) -> None:
    save_study(store, picture_study(1))
    assert worklist(store, words=words) == ((), 0)


def test_status_and_class_filter(store: Store, picture_study: Pictures) -> None:
    glioma = save_study(store, picture_study(1, seed=1)).study_id
    save_study(store, picture_study(1, seed=2))
    with store.transaction() as session:
        row = session.get_one(StudyRow, glioma)
        row.status, row.headline_label = "analyzed", "glioma"
    assert [row.id for row in worklist(store, status="analyzed")[0]] == [glioma]
    assert [row.id for row in worklist(store, label="glioma")[0]] == [glioma]
    assert worklist(store, status="failed", label="glioma")[1] == 0


def test_a_row_counts_series_and_slices(
    store: Store, picture_study: Pictures, volume_study: ImportedStudy
) -> None:
    save_study(store, picture_study(3))
    save_study(store, volume_study)
    rows, _ = worklist(store)
    assert [(row.series_count, row.slice_count) for row in rows] == [(1, 12), (1, 3)]
