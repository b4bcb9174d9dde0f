from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.store.blobs import read_array
from neuroscope.store.database import Store
from neuroscope.store.explanations import (
    Asked,
    asked_by,
    find_explanation,
    list_explanations,
    note_asked,
    save_explanation,
)
from neuroscope.store.results import delete_analysis
from neuroscope.store.studies import study_folder

MAPS = np.arange(3 * 64 * 64, dtype=np.float32).reshape(3, 64, 64)


@pytest.fixture
def asked(store: Store, pictures: str, analyzed_as: Callable[..., str]) -> Asked:
    found = Asked(analyzed_as(store, pictures, "5e71e5", 2), "5e71e5", 1, "glioma", "rise")
    with store.transaction() as session:
        note_asked(session, found, "j1")
    return found


def keep(store: Store, asked: Asked, **more: object) -> None:
    facts = {"seconds": 1.5, "agreement": 0.25, "notes": {"masks": 9.0}, "cautions": ("Doubt.",)}
    save_explanation(store, asked, MAPS, **(facts | more))  # type: ignore[arg-type]


def test_a_map_comes_back_as_it_was_kept(store: Store, pictures: str, asked: Asked) -> None:
    (waiting,) = list_explanations(store, asked.analysis_id, "5e71e5", 1)
    assert (waiting.job_id, waiting.maps, waiting.seconds) == ("j1", None, None)
    assert asked_by(store, "j1") == asked
    keep(store, asked)
    keep(store, asked)  # a step may be run again
    (found,) = list_explanations(store, asked.analysis_id, "5e71e5", 1)
    assert (found.asked, found.seconds, found.agreement) == (asked, 1.5, 0.25)
    assert (found.notes, found.cautions) == ({"masks": 9.0}, ("Doubt.",))
    assert found.maps is not None
    np.testing.assert_array_equal(read_array(study_folder(store, pictures), found.maps), MAPS)
    assert list_explanations(store, asked.analysis_id, "5e71e5", 0) == ()


def test_another_job_takes_over(store: Store, asked: Asked) -> None:
    with store.transaction() as session:
        note_asked(session, asked, "j2")
    assert asked_by(store, "j2") == asked
    with pytest.raises(NotFoundError):
        asked_by(store, "j1")


def test_a_slice_that_was_not_analyzed_cannot_be_explained(store: Store, asked: Asked) -> None:
    with store.transaction() as session, pytest.raises(NotFoundError, match="no finding"):
        note_asked(session, replace(asked, index=9), "j3")


def test_what_is_deleted_meanwhile_is_not_kept(store: Store, asked: Asked) -> None:
    with pytest.raises(BadInputError):
        save_explanation(store, asked, MAPS[:2], seconds=1.0, agreement=None, notes={}, cautions=())
    delete_analysis(store, asked.analysis_id)
    with pytest.raises(NotFoundError):
        keep(store, asked)
    with store.reading() as session:
        assert find_explanation(session, asked) is None
