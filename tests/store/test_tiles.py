from collections.abc import Callable

import numpy as np
import pytest

from neuroscope.records.sliceview import PICTURE_SIDE, SliceView
from neuroscope.store.database import Store
from neuroscope.store.slice_focus import save_views, unseen
from neuroscope.store.tiles import read_tiles
from neuroscope.store.validation import SliceFilter, find_slices

SERIES = "5e71e5"


def test_tiles_come_in_order_with_their_evidence_in_place(
    store: Store, pictures: str, analyzed_as: Callable[..., str]
) -> None:
    analysis_id = analyzed_as(store, pictures, SERIES, 3)
    ids = find_slices(store, SliceFilter(), reader="ann").ids
    assert unseen(store, analysis_id, SERIES) == {0, 1, 2}
    gray = np.full((PICTURE_SIDE, PICTURE_SIDE), 7, np.uint8)
    save_views(store, analysis_id, SERIES, [SliceView(2, gray)])
    assert unseen(store, analysis_id, SERIES) == {0, 1}
    last, first = read_tiles(store, [ids[2], 10**6, ids[0]])
    assert (last.id, first.id, first.picture) == (ids[2], ids[0], None)
    assert last.picture is not None
    assert int(last.picture.max()) == 7
    # glioma: 0.75 of a scale of 1 in rows 2 to 5 and columns 9 to 12 of 16 x 16 cells
    assert first.evidence.shape == (16, 16)
    assert (int(first.evidence[3, 10]), int(first.evidence[10, 3])) == (95, 0)
    # 64 pixels in 96: cells of 4 pixels from the first pixel's edge on
    assert first.box == pytest.approx((0.0, 0.0, 96.0, 96.0))
