from collections.abc import Callable

import numpy as np

from neuroscope.jobs.plan import plan_of
from neuroscope.preprocess.orient import slices_of
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import TUMOR_CLASSES


def test_slices_of_all_series_are_cut_into_chunks_and_volumes_get_maps(
    picture_study: Callable[..., ImportedStudy], volume_study: ImportedStudy
) -> None:
    pictures = slices_of(picture_study(70).slices["5e71e5"])
    volume = slices_of(volume_study.volumes["70fa"])
    plan = plan_of("study", "analysis", {"p": pictures, "v": volume}, TUMOR_CLASSES)
    assert [(c.series_id, len(c.indices), c.done) for c in plan.chunks[:3]] == [
        ("p", 32, 0),
        ("p", 32, 32),
        ("p", 6, 64),
    ]
    (last,) = plan.chunks[3:]
    assert (last.series_id, last.done, plan.total) == ("v", 70, 70 + len(last.indices))
    # A ball of 21 mm radius about slice 6, 4 mm apart, and only where it is wide enough.
    assert all(abs(index - 6) * 4 < 21 for index in last.indices)
    np.testing.assert_array_equal(np.diff(last.indices), 1)
    assert plan.series_ids == ("p", "v")
    assert plan.maps == tuple(("v", target) for target in TUMOR_CLASSES)
