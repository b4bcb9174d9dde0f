from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neuroscope.errors import BadInputError
from neuroscope.phantom.case import PhantomCase
from neuroscope.phantom.slices import (
    lesion_index,
    mask_picture,
    picture,
    upright,
    write_slices,
)


@pytest.mark.parametrize(
    ("plane", "index", "marker"),
    [("axial", 4, (3, 1, 4)), ("coronal", 1, (3, 1, 4)), ("sagittal", 3, (3, 1, 4))],
)
def test_a_marker_ends_where_a_radiologist_looks_for_it(plane, index, marker):
    array = np.zeros((6, 7, 8))
    array[marker] = 1
    i, j, k = marker
    rows_columns = {
        "axial": (6 - j, 5 - i),  # nose up, patient's right on the left
        "coronal": (7 - k, 5 - i),  # crown up
        "sagittal": (7 - k, 6 - j),  # crown up, nose left
    }[plane]

    assert np.argwhere(upright(array, plane, index)).tolist() == [list(rows_columns)]


@pytest.mark.parametrize("plane", ["axial", "coronal"])
def test_a_lesion_on_the_left_is_on_the_right_of_the_picture(left_glioma: PhantomCase, plane):
    mask = mask_picture(left_glioma, plane, lesion_index(left_glioma, plane))

    assert np.argwhere(mask)[:, 1].mean() > 0.55 * mask.shape[1]


def test_picture_and_mask_have_the_same_square_pixels(left_glioma: PhantomCase):
    for plane in ("axial", "coronal", "sagittal"):
        index = lesion_index(left_glioma, plane)
        gray = picture(left_glioma, "t1c", plane, index)

        assert gray.dtype == np.uint8
        assert gray.shape == mask_picture(left_glioma, plane, index).shape
        assert gray.max() == 255


def test_files_are_named_for_what_they_show(pituitary: PhantomCase, tmp_path: Path):
    paths = write_slices(pituitary, tmp_path / "out", masks=True)

    stems = [f"pituitary-0005-{plane}" for plane in ("axial", "coronal", "sagittal")]
    assert [path.name for path in paths] == [f"{stem}.png" for stem in stems]
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == sorted([f"{s}.png" for s in stems] + [f"{s}_mask.png" for s in stems])
    with Image.open(paths[0]) as image:
        assert image.mode == "L"


def test_a_healthy_head_is_cut_through_the_middle(healthy: PhantomCase, tmp_path: Path):
    (path,) = write_slices(healthy, tmp_path / "out", planes=("axial",))

    with Image.open(path) as image:
        assert (np.asarray(image) > 20).mean() > 0.2


def test_a_missing_sequence_is_refused(left_glioma: PhantomCase, tmp_path: Path):
    with pytest.raises(BadInputError, match="has no dwi"):
        write_slices(left_glioma, tmp_path / "out", sequence="dwi")
    assert not (tmp_path / "out").exists()
