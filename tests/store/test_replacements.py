from collections.abc import Callable

import numpy as np
import pytest

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.records.replaced import Replaced
from neuroscope.store.blobs import read_array
from neuroscope.store.database import Store
from neuroscope.store.explanations import Asked, asked_by, list_explanations, note_asked
from neuroscope.store.replacements import (
    asked_to_replace,
    find_replacement,
    region_of,
    save_replacement,
)
from neuroscope.store.results import delete_analysis
from neuroscope.store.studies import study_folder

PICTURES = np.arange(4 * 8 * 8, dtype=np.float32).reshape(4, 8, 8)
FOUND = Replaced(3.0, 1.0, (0.5, -0.5))


@pytest.fixture
def asked(store: Store, pictures: str, analyzed_as: Callable[..., str]) -> Asked:
    analysis = analyzed_as(store, pictures, "5e71e5", 2)
    found = asked_to_replace(analysis, "5e71e5", 1, "glioma", "tumor")
    with store.transaction() as session:
        note_asked(session, found, "j1")
    return found


def test_what_was_found_comes_back_and_is_no_map(store: Store, pictures: str, asked: Asked) -> None:
    assert region_of(asked_by(store, "j1")) == "tumor"
    with store.reading() as session:
        waiting = find_replacement(session, asked)
    assert waiting is not None
    assert (waiting.job_id, waiting.found, waiting.pictures) == ("j1", None, None)
    save_replacement(store, asked, PICTURES, FOUND, outlined_by="reader", seconds=0.5)
    with store.reading() as session:
        found = find_replacement(session, asked)
    assert found is not None
    assert (found.region, found.found, found.outlined_by) == ("tumor", FOUND, "reader")
    assert found.pictures is not None
    np.testing.assert_array_equal(
        read_array(study_folder(store, pictures), found.pictures), PICTURES
    )
    assert list_explanations(store, asked.analysis_id, "5e71e5", 1) == ()


def test_what_is_no_replacement_is_refused(store: Store, asked: Asked) -> None:
    with pytest.raises(BadInputError, match="no region"):
        asked_to_replace("a", "s", 0, "glioma", "skull")
    assert region_of(Asked("a", "s", 0, "glioma", "rise")) is None
    with pytest.raises(BadInputError, match="shape"):
        save_replacement(store, asked, PICTURES[:2], FOUND, outlined_by="map", seconds=1.0)
    delete_analysis(store, asked.analysis_id)
    with pytest.raises(NotFoundError):
        save_replacement(store, asked, PICTURES, FOUND, outlined_by="map", seconds=1.0)
