from collections.abc import Callable

import numpy as np
import pytest

from neuroscope.errors import NotFoundError
from neuroscope.records.prediction import ModelRef
from neuroscope.store.database import Store
from neuroscope.workflow.compare_versions import compare_versions

OTHER = ModelRef("evidence", "2", "c" * 64)


def test_the_same_answers_with_the_same_evidence_have_not_changed(
    store: Store, pictures: str, analyzed_as: Callable[..., str]
) -> None:
    first = analyzed_as(store, pictures, "5e71e5", 3)
    second = analyzed_as(store, pictures, "5e71e5", 3, model=OTHER, is_trial=True)
    (series,) = compare_versions(store, pictures, first, second)
    assert [cut.first.index for cut in series.slices] == [0, 1, 2]
    assert not any(cut.changed for cut in series.slices)
    assert [cut.evidence_cosine for cut in series.slices] == pytest.approx([1, 1, 1])


def test_evidence_elsewhere_and_other_answers_are_told(
    store: Store, pictures: str, analyzed_as: Callable[..., str]
) -> None:
    turned = np.array([[0.1, 0.7, 0.1, 0.1], [0.5, 0.3, 0.1, 0.1], [0.0, 0.1, 0.1, 0.8]])
    first = analyzed_as(store, pictures, "5e71e5", 3)
    second = analyzed_as(
        store, pictures, "5e71e5", 2, model=OTHER, is_trial=True, moved=2, answers=turned
    )
    (series,) = compare_versions(store, pictures, first, second)
    assert [cut.changed for cut in series.slices] == [True, False]
    assert series.slices[0].evidence_cosine is None  # the second has nothing for glioma
    assert series.slices[1].evidence_cosine == pytest.approx(0.5)  # half of the places
    assert series.only_one == 1


def test_analyses_of_two_studies_are_not_compared(
    store: Store, pictures: str, volume: str, analyzed_as: Callable[..., str]
) -> None:
    first = analyzed_as(store, pictures, "5e71e5", 3)
    other = analyzed_as(store, volume, "70fa", 12, axis=2)
    with pytest.raises(NotFoundError):
        compare_versions(store, pictures, first, other)
