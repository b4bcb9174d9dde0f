"""What the report shows in space is what was stored."""

import json
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import GeometryMismatchError
from neuroscope.records.volume import Volume
from neuroscope.report.space import in_space, measurements_of
from neuroscope.report.volumetry import volumetry_json


def test_measurements_come_back_from_json_as_they_were(space_case):
    stored = json.loads(json.dumps(volumetry_json(space_case.volumetry), allow_nan=False))
    assert measurements_of(stored) == space_case.volumetry.measurements


def test_images_lie_where_registration_put_them(space_case):
    for role, volume in space_case.volumetry.prepared.volumes.items():
        assert space_case.space.images[role].same_grid(volume)
    assert space_case.space.reference_title == "T1 with contrast"


def test_labels_of_another_grid_are_refused(space_case):
    content = space_case.space.content
    labels = np.zeros((3, 3, 3), np.uint8)
    with pytest.raises(GeometryMismatchError, match="3, 3, 3"):
        in_space(content, space_case.imported, labels=labels, evidence=None)


def test_an_image_that_is_not_the_one_that_was_examined_is_refused(space_case):
    other = Volume(np.zeros((5, 5, 5), np.float32), np.eye(4))
    imported = space_case.imported
    imported = replace(imported, volumes={**imported.volumes, "s-t1c": other})
    with pytest.raises(GeometryMismatchError, match="5, 5, 5"):
        in_space(
            space_case.space.content,
            imported,
            labels=np.asarray(space_case.space.labels.voxels),
            evidence=None,
        )
