"""Stored studies of `tests/conftest.py`, and drawings on them."""

from collections.abc import Callable

import numpy as np
import pytest

from neuroscope.records.annotation import Annotation
from neuroscope.records.imported import ImportedStudy
from neuroscope.store.database import Store
from neuroscope.store.studies import save_study


@pytest.fixture
def volume(store: Store, volume_study: ImportedStudy) -> str:
    """Id of a stored study of one volume, series 70fa: 48 x 56 x 12 voxels of 1 x 1 x 4 mm."""
    return save_study(store, volume_study).study_id


@pytest.fixture
def pictures(store: Store, picture_study: Callable[..., ImportedStudy]) -> str:
    """Id of a stored study of three plain pictures, series 5e71e5, 64 x 64 pixels."""
    return save_study(store, picture_study(3)).study_id


@pytest.fixture
def square() -> Callable[..., Annotation]:
    """Draw a square of 10 mm on an axial slice of the volume, or on a picture."""

    def draw(
        annotation_id: str,
        *,
        author: str,
        right: float = 10.0,
        top: float = 20.0,
        mm: float = 24.0,
        slice_index: int | None = None,
    ) -> Annotation:
        depth = mm if slice_index is None else 0.0
        corners = [[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]]
        points = np.add(corners, [right - 0.5, top - 0.5, depth])
        series = "70fa" if slice_index is None else "5e71e5"
        return Annotation(
            annotation_id, series, "tumor", "contour", points, author, slice_index=slice_index
        )

    return draw
